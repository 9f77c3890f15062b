import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileMain } from '../support/compiled-main.ts';
import { type Cluster, createCluster, type Instance } from '../support/instances.ts';
import { createDatabase, type TestDatabase } from '../support/postgres.ts';
import { createSecret } from '../support/secrets.ts';
import type { TestApplication } from '../support/test-application.ts';
import { startThirdParty, type ThirdParty } from '../support/third-party.ts';

let database: TestDatabase;
let thirdParty: ThirdParty;
let cluster: Cluster;
let instance: Instance;
let application: TestApplication;

beforeAll(async () => {
  database = await createDatabase();
  thirdParty = await startThirdParty();
  cluster = createCluster(database.url, [`127.0.0.1:${thirdParty.port}`]);
  instance = await cluster.start({}, await compileMain('collecting-main'));
  application = await instance.createApplication();
  await createSecret(instance, application.asApplication, thirdParty.origin);
}, 60_000);
afterAll(async () => {
  await cluster.close();
  await thirdParty.close();
  await database.drop();
});

const AT_A_TIME = 20;

const SUBMIT = `mutation ($input: ClientSecretRequestInput!) {
  clientSecretRequest(input: $input) { request { status } }
}`;

async function submitOne(more: object): Promise<string> {
  const headers = { authorization: 'Bearer $CLIENT_SECRET' };
  const input = { clientSecretName: 'openai', url: thirdParty.origin, method: 'POST', headers, wait: 10_000, ...more };
  const { data } = await instance.post<{ clientSecretRequest: { request: { status: string } } }>(
    application.asApplication,
    SUBMIT,
    { input },
  );
  return data.clientSecretRequest.request.status;
}

async function submitMany(count: number, more: object): Promise<void> {
  for (let left = count; left > 0; left -= AT_A_TIME) {
    const ends = await Promise.all(Array.from({ length: AT_A_TIME }, () => submitOne(more)));
    expect(new Set(ends)).toEqual(new Set(['RESOLVED']));
  }
  thirdParty.requests.length = 0;
}

/** Bytes that are old after a collection. */
async function collect(): Promise<number> {
  const told = () => instance.lines.filter((line) => line.startsWith('old '));
  const before = told().length;
  instance.signal('SIGUSR2');
  await expect.poll(() => told().length, { timeout: 10_000 }).toBe(before + 1);
  return Number(told().at(-1)?.slice('old '.length));
}

describe('what a request leaves behind', { timeout: 60_000 }, () => {
  // Whatever of it hangs on something old is kept until the next full collection: that was 7 to 13 kB of each.
  it.each([
    ['without a queue', {}],
    ['in a queue', { queue: 'q' }],
  ])('%s is collected with the young', async (_name, input) => {
    await submitMany(400, input);
    let before = await collect();
    let grown = 0;
    for (let round = 0; round < 10; round++) {
      await submitMany(200, input);
      const now = await collect();
      // Less where a full collection came by itself.
      grown += Math.max(0, now - before);
      before = now;
    }
    expect(grown / 2_000).toBeLessThan(3_000);
  });
});
