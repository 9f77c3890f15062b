import { createServer } from 'node:http';
import { serveHttp } from './process.ts';

/** A stand-in for a third party: answers at once, or after 50 ms at `/slow`, and says how long it took. */
const SLOW_MS = 50;

const server = createServer((request, response) => {
  request.resume();
  if (request.url?.startsWith('/slow') !== true) return answer(0);
  const begun = performance.now();
  setTimeout(() => answer(performance.now() - begun), SLOW_MS);

  function answer(took: number): void {
    const body = `{"created":1,"took":${took.toFixed(3)},"data":[{"url":"https://images.example/otter.png"}]}`;
    response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': body.length }).end(body);
  }
});

await serveHttp(server);
