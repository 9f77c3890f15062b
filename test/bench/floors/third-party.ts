import { createServer } from 'node:http';
import { serveHttp } from './process.ts';

/**
 * A stand-in for a third party: answers at once, or after 50 ms at `/slow`, and says how long it took. What is asked of
 * `/gated`, or of `/gated-slow`, between `/shut` and `/open` waits.
 */
const SLOW_MS = 50;
let isShut = false;
let waiting: (() => void)[] = [];

const server = createServer((request, response) => {
  request.resume();
  const begun = performance.now();
  switch (request.url) {
    case '/slow':
      answerSlowly();
      return;
    case '/gated':
      onceOpen(() => answer(performance.now() - begun));
      return;
    case '/gated-slow':
      onceOpen(answerSlowly);
      return;
    case '/shut':
      isShut = true;
      break;
    case '/open':
      isShut = false;
      for (const resume of waiting) resume();
      waiting = [];
  }
  answer(0);

  function answerSlowly(): void {
    setTimeout(() => answer(performance.now() - begun), SLOW_MS);
  }

  function answer(took: number): void {
    const body = `{"created":1,"took":${took.toFixed(3)},"data":[{"url":"https://images.example/otter.png"}]}`;
    response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': body.length }).end(body);
  }
});

function onceOpen(resume: () => void): void {
  if (isShut) waiting.push(resume);
  else resume();
}

await serveHttp(server);
