import { describe, expect, test } from 'vitest';
import type { Headers } from '../support/graphql.ts';
import { connectRaw, requestBytes } from '../support/raw-http.ts';
import { shareServer } from '../support/shared.ts';

const shared = shareServer();

const JSON_TYPE = { 'content-type': 'application/json' };
const KIND = '{ viewer { kind } }';

async function asBackend(): Promise<Headers> {
  return (await shared.server.createApplication()).asApplication;
}

describe('text that is not UTF-8', () => {
  const CREATE = `mutation { createClientSecret(input: { name: "caf\xe9", clientSecret: "0123456789",
    allowedUrls: ["https://api.test"] }) { clientSecret { name } } }`;

  test.each(['application/json', 'application/graphql-response+json'])(
    'in a body is refused, and nothing stored, for those who accept %s',
    async (accept) => {
      const backend = await asBackend();
      const send = async (encoding: BufferEncoding) => {
        const body = Buffer.from(JSON.stringify({ query: CREATE }), encoding);
        const response = await fetch(shared.server.url, {
          method: 'POST',
          headers: { ...JSON_TYPE, accept, ...backend },
          body,
        });
        return { status: response.status, body: await response.json() };
      };
      expect(await send('latin1')).toEqual({
        status: 400,
        body: { errors: [{ message: 'The body is not UTF-8.', extensions: { code: 'BAD_USER_INPUT' } }] },
      });
      const { data } = await shared.server.post(backend, '{ clientSecrets { totalCount } }');
      expect(data).toEqual({ clientSecrets: { totalCount: 0 } });
      expect(await send('utf8')).toMatchObject({
        body: { data: { createClientSecret: { clientSecret: { name: 'café' } } } },
      });
    },
  );

  test('in a query string is refused, other than a percent sign that encodes nothing', async () => {
    const headers = await asBackend();
    const get = async (comment: string) =>
      (await fetch(`${shared.server.url}?query=${encodeURIComponent(KIND)}%23${comment}`, { headers })).status;
    expect(await get('caf%C3%A9')).toBe(200);
    expect(await get('100%')).toBe(200);
    expect(await get('caf%E9')).toBe(400);
    expect(await get('%ED%A0%80')).toBe(400);
  });
});

describe('an answer that comes before its body was read', () => {
  const LARGE = 'x'.repeat(8_000_000);
  const LENGTH = { 'content-length': String(LARGE.length) };
  const BROKEN_OFF = null;

  /** Sends all before it reads anything, as simple clients do. */
  async function sendThenRead(line: string, headers: Headers): Promise<string | null> {
    const raw = connectRaw(shared.server.url);
    raw.socket.pause();
    raw.send(requestBytes(line, { connection: 'close', ...headers }, LARGE));
    await new Promise<void>((resolve) => raw.socket.end(resolve));
    raw.socket.resume();
    return raw.ended;
  }

  const refused: readonly (readonly [status: number, line: string, headers: (backend: Headers) => Headers])[] = [
    [401, 'POST /graphql', () => ({ ...JSON_TYPE, ...LENGTH })],
    [403, 'POST /graphql', (backend) => ({ ...JSON_TYPE, ...LENGTH, ...backend, origin: 'https://other.test' })],
    [400, 'POST /graphql', (backend) => ({ ...JSON_TYPE, ...LENGTH, ...backend, 'x-visitor-id': 'short' })],
    [415, 'POST /graphql', (backend) => ({ 'content-type': 'text/plain', ...LENGTH, ...backend })],
    [413, 'POST /graphql', (backend) => ({ ...JSON_TYPE, ...LENGTH, ...backend })],
    [405, 'PUT /graphql', (backend) => ({ ...JSON_TYPE, ...LENGTH, ...backend })],
    [404, 'POST /nothing', () => LENGTH],
    [405, 'POST /health', () => LENGTH],
  ];

  test.each(refused)('%d to %s reaches a client that sends all of it first', async (status, line, headers) => {
    const backend = await asBackend();
    for (let round = 0; round < 3; round++) {
      const answer = await sendThenRead(line, headers(backend));
      expect(answer?.slice(0, 12) ?? BROKEN_OFF).toBe(`HTTP/1.1 ${status}`);
      expect(answer).toMatch(/\r\n\r\n.*\S/s);
    }
  });

  test('is whole while the client still sends', async () => {
    const raw = connectRaw(shared.server.url);
    raw.send(requestBytes('POST /graphql', { ...JSON_TYPE, ...LENGTH, connection: 'close' }, 'x'));
    await raw.until('"UNAUTHENTICATED"}}]}');
    raw.send(LARGE.slice(1));
    expect(await raw.ended).toContain('HTTP/1.1 401');
  });

  test('does not keep the connection open for long for a client that says no more', async () => {
    const raw = connectRaw(shared.server.url);
    raw.send(requestBytes('POST /graphql', { ...JSON_TYPE, ...LENGTH, connection: 'close' }));
    const before = performance.now();
    expect(await raw.ended).toContain('HTTP/1.1 401');
    expect(performance.now() - before).toBeLessThan(10_000);
  });

  test('nor for one that never stops', async () => {
    const raw = connectRaw(shared.server.url);
    let sent = 0;
    raw.send(requestBytes('POST /graphql', { ...JSON_TYPE, 'transfer-encoding': 'chunked', connection: 'close' }));
    const more = () => {
      while (!raw.socket.destroyed && raw.socket.write(`${(65_536).toString(16)}\r\n${'x'.repeat(65_536)}\r\n`)) sent++;
    };
    raw.socket.on('drain', more);
    more();
    await raw.ended;
    expect(sent).toBeLessThan(5_000);
  });
});

describe('credentials that come twice', () => {
  test.each(['Authorization', 'X-Client-Id', 'X-Client-Secret', 'X-Visitor-Id'])(
    'by %s are none, whichever of them is right',
    async (name) => {
      const app = await shared.server.createApplication();
      const callers: Record<string, Headers> = {
        Authorization: await app.asUser('ann'),
        'X-Client-Id': app.asVisitor(),
        'X-Client-Secret': app.asApplication,
        'X-Visitor-Id': app.asVisitor('a-visitor-with-an-id'),
      };
      const headers = callers[name] ?? {};
      const body = JSON.stringify({ query: KIND });
      const once = { ...JSON_TYPE, ...headers, 'content-length': String(body.length), connection: 'close' };
      const bytes = requestBytes('POST /graphql', once, body);
      const statusOf = async (repeated: string) => {
        const raw = connectRaw(shared.server.url);
        raw.send(bytes.replace('\r\n', `\r\n${repeated}`));
        await raw.ended;
        return raw.statuses();
      };
      const refused = name === 'X-Visitor-Id' ? 400 : 401;
      expect(await statusOf('')).toEqual([200]);
      expect(await statusOf(`${name.toUpperCase()}: other\r\n`)).toEqual([refused]);
      expect(await statusOf(`${name}: ${headers[name.toLowerCase()]}\r\n`)).toEqual([refused]);
    },
  );
});
