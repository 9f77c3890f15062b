import { createServer } from 'node:http';
import { buildSchema, execute, subscribe } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import { answerOf, sendJson } from './http-json.ts';
import { serveHttp } from './process.ts';

/** graphql-ws as it comes: whatever is posted, every subscription is sent an event of the same size as the server's. */
type Answer = ReturnType<typeof answerOf>;
const schema = buildSchema(`
  scalar JSON
  enum RequestStatus { PENDING RESOLVED FAILED }
  input ClientSecretRequestFilter { status: RequestStatus }
  type Viewer { kind: String! }
  type ClientSecretRequest { id: ID! status: RequestStatus! statusCode: Int responseBody: JSON }
  type Query { viewer: Viewer! }
  type Subscription { clientSecretRequestHistoryUpdated(filter: ClientSecretRequestFilter): ClientSecretRequest! }
`);
const hearing = new Set<(answer: Answer) => void>();
const THIRD_PARTY_ANSWER = '{"created":1,"took":0.000,"data":[{"url":"https://images.example/otter.png"}]}';
const ID = Buffer.from('ClientSecretRequest:00000000-0000-7000-8000-000000000000').toString('base64');

async function* listen(): AsyncGenerator<{ clientSecretRequestHistoryUpdated: Answer }> {
  const unread: Answer[] = [];
  let wake = () => {};
  const hear = (answer: Answer) => {
    unread.push(answer);
    wake();
  };
  hearing.add(hear);
  try {
    for (;;) {
      for (let answer = unread.shift(); answer !== undefined; answer = unread.shift()) {
        yield { clientSecretRequestHistoryUpdated: answer };
      }
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    hearing.delete(hear);
  }
}

const server = createServer((request, response) => {
  request.resume();
  const answer = answerOf(ID, THIRD_PARTY_ANSWER);
  for (const hear of hearing) hear(answer);
  sendJson(response, { data: null });
});
const roots = { query: { viewer: { kind: 'VISITOR' } }, subscription: { clientSecretRequestHistoryUpdated: listen } };
useServer({ schema, execute, subscribe, roots }, new WebSocketServer({ server, path: '/graphql' }));
await serveHttp(server);
