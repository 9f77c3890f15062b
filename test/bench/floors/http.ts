import { createServer } from 'node:http';
import { admissionOf, createFloorWrites, insertSecret, openFloorDatabase, settlementOf } from './database.ts';
import { answerOf, readInput, sendJson } from './http-json.ts';
import { serveHttp } from './process.ts';
import { createThirdPartyClient } from './third-party-client.ts';

/** floor-http: admit, call and settle, with the project's own batched statements; no GraphQL, no checks, no client secret. */
const floor = await openFloorDatabase();
const secretId = await insertSecret(floor);
const writes = await createFloorWrites(floor);
const { call } = createThirdPartyClient();

async function handle(...[request, response]: Parameters<Parameters<typeof createServer>[1] & object>): Promise<void> {
  const input = await readInput(request);
  const row = admissionOf(floor.application.id, secretId, input);
  if (!(await writes.admitParallel(row))) throw new Error('Not admitted');
  const answer = await call(input.data);
  if (!(await writes.settle(settlementOf(row, answer)))) throw new Error('Not settled');
  sendJson(response, { data: { clientSecretRequest: { request: answerOf(row.id, answer) } } });
}

await serveHttp(
  createServer((request, response) => {
    handle(request, response).catch((error: Error) => process.send?.({ error: error.stack }));
  }),
);
