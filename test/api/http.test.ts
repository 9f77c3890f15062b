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

/** The answer to one request, whose connection closes with it. */
async function answerTo(line: string, headers: Headers, query: string | null = null): Promise<string> {
  const body = query === null ? '' : JSON.stringify({ query });
  const raw = connectRaw(shared.server.url);
  raw.send(requestBytes(line, { connection: 'close', 'content-length': String(body.length), ...headers }, body));
  return (await raw.ended) ?? 'cut';
}

describe('a request', () => {
  test.each(['application/json; charset=utf8', 'application/json;charset="UTF-8"', 'Application/JSON'])(
    'may be of the type %s',
    async (type) => {
      const answer = await answerTo('POST /graphql', { 'content-type': type, ...(await asBackend()) }, KIND);
      expect(answer).toMatch(/^HTTP\/1\.1 200 .*"APPLICATION"/s);
    },
  );

  test.each(['', ' '])('whose Accept is %j is as one without', async (accept) => {
    const answer = await answerTo('POST /graphql', { ...JSON_TYPE, accept, ...(await asBackend()) }, KIND);
    expect(answer).toMatch(/^HTTP\/1\.1 200 .*content-type: application\/json.*"APPLICATION"/is);
  });

  test.each(['?query=', '?operationName=&query='])(
    'of a browser with %s is a query, and no visit to GraphiQL',
    async (start) => {
      const accept = 'text/html,application/xhtml+xml,*/*;q=0.8';
      const line = `GET /graphql${start}${encodeURIComponent(KIND)}`;
      expect(await answerTo(line, { accept, ...(await asBackend()) })).toMatch(/^HTTP\/1\.1 200 .*"APPLICATION"/s);
    },
  );

  test.each([
    ['POST http://keyhole.test/graphql', 200],
    ['POST HTTP://keyhole.test:80/graphql?x=1', 200],
    ['GET http://keyhole.test/graphql?query=%7B__typename%7D', 200],
    ['GET http://keyhole.test/health', 200],
    ['GET http://keyhole.test', 404],
    ['GET http://keyhole.test?/health', 404],
    ['OPTIONS *', 404],
  ])('%s is answered with %d', async (line, status) => {
    for (const offer of [{}, { connection: 'close, Upgrade', upgrade: 'h2c' }]) {
      const answer = await answerTo(
        line,
        { ...JSON_TYPE, ...(await asBackend()), ...offer },
        line.startsWith('POST') ? KIND : null,
      );
      expect(answer.slice(0, 12)).toBe(`HTTP/1.1 ${status}`);
    }
  });

  test('that names its host in its target comes from there, whatever Host says', async () => {
    const headers = { ...JSON_TYPE, ...shared.server.asOperator, Host: 'other.test', origin: 'http://keyhole.test' };
    expect(await answerTo('POST http://keyhole.test/graphql', headers, KIND)).toMatch(/^HTTP\/1\.1 200 /);
    expect(await answerTo('POST http://other.test/graphql', headers, KIND)).toMatch(/^HTTP\/1\.1 403 /);
    expect(await answerTo('POST /graphql', headers, KIND)).toMatch(/^HTTP\/1\.1 403 /);
  });

  test('without credentials learns that a Bearer would do, and nothing else does', async () => {
    for (const accept of ['application/json', 'application/graphql-response+json', 'text/event-stream']) {
      const answer = await answerTo('POST /graphql', { ...JSON_TYPE, accept }, KIND);
      expect(answer).toMatch(/^HTTP\/1\.1 401 .*\r\nWWW-Authenticate: Bearer\r\n/s);
    }
    const right = await answerTo('POST /graphql', { ...JSON_TYPE, ...(await asBackend()) }, KIND);
    expect(right).not.toContain('WWW-Authenticate');
  });
});

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
