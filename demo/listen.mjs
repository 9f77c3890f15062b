// Listens by WebSocket to whatever happens to this visitor's requests: node demo/listen.mjs CLIENT_ID
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

const client = createClient({
  url: 'ws://127.0.0.1:4000/graphql',
  webSocketImpl: WebSocket,
  connectionParams: { 'X-Client-Id': process.argv[2], 'X-Visitor-Id': 'visitor-0123456789' },
});
const query = 'subscription { clientSecretRequestHistoryUpdated { id status statusCode } }';
for await (const { data } of client.iterate({ query })) {
  process.stdout.write(`${JSON.stringify(data.clientSecretRequestHistoryUpdated)}\n`);
}
