import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { connectRaw, requestBytes } from '../support/raw-http.ts';
import { openSocket } from '../support/raw-socket.ts';
import { startTestServer } from '../support/server.ts';
import { shareServer } from '../support/shared.ts';

const shared = shareServer();

const H2C = { Connection: 'Upgrade, HTTP2-Settings', Upgrade: 'h2c', 'HTTP2-Settings': 'AAMAAABkAAQAoAAAAAIAAAAA' };
const JSON_TYPE = { 'Content-Type': 'application/json' };
const KIND = '{"data":{"viewer":{"kind":"APPLICATION"}}}';
const BODY = JSON.stringify({ query: '{ viewer { kind } } # Größe' });
const LENGTH = { 'Content-Length': String(Buffer.byteLength(BODY)) };

async function asBackend() {
  return (await shared.server.createApplication()).asApplication;
}

describe('a request that offers h2c', () => {
  test.each([
    ['GET /health', 200],
    ['HEAD /health', 200],
    ['GET /ready', 200],
    ['GET /nothing', 404],
    ['POST /health', 405],
    ['GET /graphql', 401],
    ['OPTIONS /graphql', 204],
  ])('%s is answered with %d, as one that does not', async (line, status) => {
    for (const headers of [H2C, {}]) {
      const raw = connectRaw(shared.server.url);
      raw.send(requestBytes(line, { ...headers, 'Content-Length': '0' }));
      await raw.until('\r\n\r\n');
      expect(raw.statuses()).toEqual([status]);
      raw.socket.destroy();
    }
  });

  test.each<[string, Record<string, string>, (body: string) => string[]]>([
    ['with its headers', LENGTH, (body) => [body]],
    ['later, in pieces', LENGTH, (body) => ['', body.slice(0, 10), body.slice(10)]],
    [
      'in chunks',
      { 'Transfer-Encoding': 'chunked' },
      (body) => ['', chunk(body.slice(0, 9)), chunk(body.slice(9)), chunk('')],
    ],
  ])('has a body that comes %s', async (_how, headers, cut) => {
    const raw = connectRaw(shared.server.url);
    const [first = '', ...later] = cut(BODY);
    raw.send(requestBytes('POST /graphql', { ...H2C, ...JSON_TYPE, ...headers, ...(await asBackend()) }, first));
    for (const piece of later) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      raw.send(piece);
    }
    await raw.until(KIND);
    expect(raw.statuses()).toEqual([200]);
    raw.socket.destroy();
  });

  test('may wait for 100 Continue with its body', async () => {
    const raw = connectRaw(shared.server.url);
    const headers = { ...H2C, ...JSON_TYPE, ...LENGTH, Expect: '100-continue', ...(await asBackend()) };
    raw.send(requestBytes('POST /graphql', headers));
    await raw.until('HTTP/1.1 100 Continue');
    raw.send(BODY);
    await raw.until(KIND);
    raw.socket.destroy();
  });

  test('leaves its connection open for more, each in its turn, and nothing behind', async () => {
    const raw = connectRaw(shared.server.url);
    const backend = await asBackend();
    const plain = requestBytes('POST /graphql', { ...JSON_TYPE, ...LENGTH, ...backend }, BODY);
    const offering = requestBytes('POST /graphql', { ...H2C, ...JSON_TYPE, ...LENGTH, ...backend }, BODY);
    const warnings: Error[] = [];
    process.on('warning', (warning) => warnings.push(warning));
    for (let round = 1; round <= 15; round++) {
      raw.send(offering);
      await raw.until(KIND, 2 * round - 1);
      raw.send(plain);
      await raw.until(KIND, 2 * round);
    }
    // Sent before the answer to the one before has come.
    raw.send(`${plain}${offering}${plain}${offering}${offering}${plain}`);
    await raw.until(KIND, 36);
    expect(raw.statuses()).toEqual(Array(36).fill(200));
    // Such as MaxListenersExceededWarning.
    expect(warnings).toEqual([]);
    raw.socket.destroy();
  });

  test('closes its connection where it says so', async () => {
    const raw = connectRaw(shared.server.url);
    raw.send(requestBytes('GET /health', { ...H2C, Connection: 'close, Upgrade' }));
    expect(await raw.ended).toMatch(/^HTTP\/1\.1 200 .*ok/s);
  });

  test('with more headers than Node keeps is cut off: its length may be among what is lost', async () => {
    const many = Object.fromEntries(Array.from({ length: 1_000 }, (_, n) => [`a${n}`, '']));
    const raw = connectRaw(shared.server.url);
    const hidden = requestBytes('GET /health', {});
    raw.send(requestBytes('POST /health', { ...H2C, ...many, 'Content-Length': String(hidden.length) }, hidden));
    await raw.ended;
    expect(raw.statuses()).not.toContain(200);
    expect(raw.statuses()).not.toContain(405);
  });

  test('is understood by curl', async ({ skip }) => {
    const curl = promisify(execFile);
    const headers = Object.entries({ ...JSON_TYPE, ...(await asBackend()) }).flatMap(([name, value]) => [
      '-H',
      `${name}: ${value}`,
    ]);
    const args = ['-sS', '--http2', '-w', ' %{http_version} %{http_code}', '-d', BODY, ...headers, shared.server.url];
    try {
      const { stdout } = await curl('curl', args);
      expect(stdout).toBe(`${KIND} 1.1 200`);
    } catch (error) {
      if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 2))
        skip('No curl with HTTP/2 here');
      throw error;
    }
  });
});

test('an offer of a WebSocket and nothing else is taken up', async () => {
  const socket = await openSocket(shared.server.url, await asBackend());
  expect(await socket.next()).toMatchObject({ type: 'connection_ack' });
  socket.close();
  const raw = connectRaw(shared.server.url);
  raw.send(requestBytes('GET /health', { Connection: 'Upgrade', Upgrade: 'websocket' }));
  expect(await raw.ended).toMatch(/^HTTP\/1\.1 404 /);
});

test('a connection that offered h2c is closed with the server', async () => {
  const server = await startTestServer([]);
  const raw = connectRaw(server.url);
  raw.send(requestBytes('GET /health', H2C));
  await raw.until('ok\n');
  await server.close();
  expect(await raw.ended).toContain('ok\n');
});

test('a client that keeps a connection on which a WebSocket was refused does not hold up the end of the server', async () => {
  const server = await startTestServer([]);
  const raw = connectRaw(server.url, { allowHalfOpen: true });
  raw.send(requestBytes('GET /health', { Connection: 'Upgrade', Upgrade: 'websocket' }));
  await raw.until('HTTP/1.1 404 ');
  await server.close();
  raw.socket.destroy();
});

function chunk(text: string): string {
  return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
}
