import { serverAudits } from 'graphql-http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Headers, postGraphQL } from '../../support/graphql.ts';
import { HISTORY_UPDATED, REQUEST_UPDATED } from '../../support/listening.ts';
import { connectSocket, openSocket, type RawSocket } from '../../support/raw-socket.ts';
import { createSecret, SUBMIT, submit } from '../../support/secrets.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';
import { echo, startThirdParty, type ThirdParty } from '../../support/third-party.ts';

const KIND = '{ viewer { kind } }';
const ENV = {
  KEYHOLE_MAX_BODY_BYTES: '20000',
  KEYHOLE_MAX_MESSAGE_BYTES: '20000',
  KEYHOLE_INIT_TIMEOUT_MS: '300',
  KEYHOLE_PING_INTERVAL_MS: '100',
  KEYHOLE_MAX_SUBSCRIPTIONS_PER_SOCKET: '3',
  KEYHOLE_MAX_SUBSCRIPTIONS_PER_CALLER: '5',
};

let thirdParty: ThirdParty;
let server: TestServer;
let production: TestServer;
let backend: Headers;

beforeAll(async () => {
  thirdParty = await startThirdParty();
  server = await startTestServer([`127.0.0.1:${thirdParty.port}`], { env: ENV });
  production = await startTestServer([], { env: { NODE_ENV: 'production' } });
  backend = (await server.createApplication()).asApplication;
});
afterAll(async () => {
  await Promise.all([server.close(), production.close(), thirdParty.close()]);
});

describe('an operation that is too large', () => {
  const FIELDS = 'id url method status queue statusCode createdAt startedAt updatedAt expiresAt';
  const times = (count: number, text: (index: number) => string) =>
    Array.from({ length: count }, (_, index) => text(index)).join(' ');
  /** Add one. */
  const operations: readonly (readonly [what: string, query: string])[] = [
    ['depth', `${'{ a '.repeat(13)}${'}'.repeat(13)}`],
    [
      'depth through fragments',
      `{ ...F0 } ${times(13, (n) => `fragment F${n} on Query { a { ...F${n + 1} } }`)} fragment F13 on Query { a }`,
    ],
    ['aliases', `{ ${times(21, (n) => `a${n}: __typename`)} }`],
    [
      'aliases through fragments',
      `{ ${times(8, () => '...F')} } fragment F on Query { a: __typename b: __typename c: __typename }`,
    ],
    ['aliases of mutations', `mutation { ${times(21, (n) => `a${n}: deleteClientSecret(input: { id: "" }) { id }`)} }`],
    ['directives', `{ __typename ${'@include(if: true) '.repeat(21)} }`],
    ['tokens', `{ ${'id '.repeat(2_000)} }`],
    ['complexity', `{ ${times(10, (n) => `h${n}: clientSecretRequestHistory(first: 100) { nodes { ${FIELDS} } }`)} }`],
    [
      'a bomb of fragments',
      `{ ...F0 } ${times(60, (n) => `fragment F${n} on Query { ...F${n + 1} ...F${n + 1} }`)} fragment F60 on Query { x: __typename }`,
    ],
  ];

  test.each(operations)('by its %s is refused, over HTTP and a WebSocket', async (_what, query) => {
    const { errors } = await server.post(backend, query);
    expect(errors.map(({ extensions }) => extensions.code)).toEqual(['QUERY_TOO_COMPLEX']);
    const socket = await connectSocket(server.url, backend);
    socket.subscribe('1', query);
    expect((await socket.next()).payload[0].extensions.code).toBe('QUERY_TOO_COMPLEX');
    // The socket is of use still.
    socket.subscribe('2', KIND);
    expect(await socket.next()).toMatchObject({ id: '2', payload: { data: { viewer: { kind: 'APPLICATION' } } } });
    socket.close();
  });

  test('by one token is refused, and one of just as many as are allowed is not, whatever it repeats', async () => {
    const plain = (tokens: number) => `{ viewer { ${'kind '.repeat(tokens - 5)} } }`;
    expect((await server.post(backend, plain(2_000))).data).toEqual({ viewer: { kind: 'APPLICATION' } });
    expect((await server.post(backend, plain(2_001))).errors[0]?.extensions.code).toBe('QUERY_TOO_COMPLEX');
  });

  test('by its pages is so only with variables that ask for large ones, however often it is sent', async () => {
    const pages = times(10, (n) => `h${n}: clientSecretRequestHistory(first: $n) { nodes { ${FIELDS} } }`);
    for (const query of [`query ($n: Int = 100) { ${pages} }`, `query ($n: Int) { ${pages} }`]) {
      for (const n of [1, 100, 1, 100, 5]) {
        const { errors } = await server.post(backend, query, { n });
        expect(errors.map(({ extensions }) => extensions.code)).toEqual(n === 100 ? ['QUERY_TOO_COMPLEX'] : []);
        const socket = await connectSocket(server.url, backend);
        socket.subscribe('1', query, { n });
        expect((await socket.next()).type).toBe(n === 100 ? 'error' : 'next');
        socket.close();
      }
    }
    const byDefault = await server.post(backend, `query ($n: Int = 100) { ${pages} }`);
    expect(byDefault.errors[0]?.message).toMatch(/may resolve 11010 fields, .* ask for smaller pages/);
    const mistaken = await server.post(backend, `query ($n: Int) { ${pages} nothing }`, { n: 100 });
    expect(mistaken.errors[0]?.extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
  });

  test('by its bytes is 413, announced or not, and 1009 over a WebSocket', async () => {
    const query = `${KIND} # ${'x'.repeat(20_000)}`;
    expect(await server.post(backend, query)).toMatchObject({
      status: 413,
      errors: [{ extensions: { code: 'PAYLOAD_TOO_LARGE' } }],
    });
    async function* inPieces() {
      for (const piece of JSON.stringify({ query }).match(/.{1,5000}/g) ?? []) yield Buffer.from(piece);
    }
    const streamed = await fetch(server.url, {
      method: 'POST',
      headers: { ...backend, 'content-type': 'application/json' },
      body: inPieces(),
      duplex: 'half',
      // What Node takes and the types of browsers do not know.
    } as unknown as RequestInit);
    expect(streamed.status).toBe(413);
    const socket = await connectSocket(server.url, backend);
    socket.subscribe('1', query);
    expect(await socket.closed).toBe(1009);
  });

  test('by their number is refused: there is no batching', async () => {
    const response = await fetch(server.url, {
      method: 'POST',
      headers: { ...backend, 'content-type': 'application/json' },
      body: JSON.stringify([{ query: KIND }, { query: KIND }]),
    });
    expect(response.status).toBe(400);
  });
});

describe('a WebSocket', () => {
  test('that says nothing is closed', async () => {
    expect(await (await openSocket(server.url)).closed).toBe(4408);
  });

  test('that asks before it is acknowledged is closed', async () => {
    const socket = await openSocket(server.url);
    socket.subscribe('1', KIND);
    expect(await socket.closed).toBe(4401);
  });

  test.each([
    ['no JSON', '{'],
    ['no message', '[]'],
    ['a type that is none', { type: 'start' }],
    ['no query', { id: '1', type: 'subscribe', payload: {} }],
    ['variables that are none', { id: '1', type: 'subscribe', payload: { query: KIND, variables: 'x' } }],
    ['a second connection_init', { type: 'connection_init' }],
  ])('that sends %s is closed, and nothing else happens', async (_what, message) => {
    const socket = await connectSocket(server.url, backend);
    socket.send(message);
    expect(await socket.closed).toBeOneOf([4400, 4429]);
    expect(server.log()).not.toContain('websocket');
  });

  test('whose client uses an ID twice is closed, however long that ID is', async () => {
    for (const id of ['1', 'x'.repeat(5_000)]) {
      const socket = await connectSocket(server.url, backend);
      socket.subscribe(id, HISTORY_UPDATED);
      socket.subscribe(id, HISTORY_UPDATED);
      expect(await socket.closed).toBe(4409);
    }
    expect(server.log()).not.toContain('unexpected error');
  });

  test('that sends a document which does not parse gets an error, and stays', async () => {
    const socket = await connectSocket(server.url, backend);
    for (const query of ['{', '', 'query', '{ viewer { kind }', '{ a: }', '\u0000']) {
      socket.subscribe('1', query);
      expect(await socket.next()).toMatchObject({
        id: '1',
        type: 'error',
        payload: [{ extensions: { code: 'GRAPHQL_PARSE_FAILED' } }],
      });
    }
    socket.subscribe('2', KIND);
    expect(await socket.next()).toMatchObject({ id: '2', type: 'next' });
    socket.close();
  });

  test('is asked whether it is alive, and ended when it is not', async () => {
    const alive = await connectSocket(server.url, backend);
    const dead = await openSocket(server.url, backend, { autoPong: false });
    expect(await dead.closed).toBe(1006);
    expect(alive.pings()).toBeGreaterThan(0);
    alive.subscribe('1', KIND);
    await alive.next();
    alive.close();
  });
});

describe('subscriptions', () => {
  /** A caller with a request that is pending. */
  async function waiting(): Promise<{ headers: Headers; id: string }> {
    const app = await server.createApplication();
    await createSecret(server, app.asApplication, thirdParty.origin);
    const headers = app.asVisitor('a-visitor-with-an-id');
    thirdParty.hold();
    return { headers, id: (await submit(server, headers, { url: thirdParty.origin })).id };
  }

  /** The code of the error that one gets; null where it is taken. */
  async function outcome(socket: RawSocket, id: string): Promise<string | null> {
    const key = `${Math.random()}`;
    socket.subscribe(key, REQUEST_UPDATED, { id });
    const { type, payload } = await socket.next();
    return type === 'error' ? payload[0].extensions.code : null;
  }

  test('are limited for a socket and for a caller, and give their places back', async () => {
    const { headers, id } = await waiting();
    const first = await connectSocket(server.url, headers);
    const outcomes: (string | null)[] = [];
    for (let index = 0; index < 4; index++) outcomes.push(await outcome(first, id));
    expect(outcomes).toEqual([null, null, null, 'RATE_LIMITED']);
    const second = await connectSocket(server.url, headers);
    expect([await outcome(second, id), await outcome(second, id)]).toEqual([null, null]);
    expect(await outcome(second, id)).toBe('RATE_LIMITED');
    const events = await fetch(server.url, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify({ query: HISTORY_UPDATED }),
    });
    expect(await events.text()).toContain('"RATE_LIMITED"');
    first.close();
    await until(async () => (await outcome(second, id)) === null);
    second.close();
  });

  test('whose ID is used again and again lose no place', async () => {
    const { headers, id } = await waiting();
    for (let round = 0; round < 5; round++) {
      const socket = await connectSocket(server.url, headers);
      for (let again = 0; again < 10; again++) {
        socket.subscribe('1', REQUEST_UPDATED, { id });
        socket.send({ id: '1', type: 'complete' });
      }
      socket.subscribe('1', REQUEST_UPDATED, { id });
      await socket.next();
      socket.close();
    }
    // Five places, all of them free once those sockets are gone.
    const sockets = [await connectSocket(server.url, headers), await connectSocket(server.url, headers)];
    for (const [index, socket] of sockets.entries()) {
      for (let place = index; place < 3; place++) await until(async () => (await outcome(socket, id)) === null);
    }
    for (const socket of sockets) socket.close();
  });

  async function until(holds: () => Promise<boolean>): Promise<void> {
    while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 10));
  }
});

describe('in production', () => {
  test('neither the schema nor a hint at it is shown', async () => {
    const { asApplication } = await production.createApplication();
    for (const query of [
      '{ __schema { types { name } } }',
      '{ __type(name: "Query") { name } }',
      '{ viewr { kind } }',
      '{ viewer { kin } }',
      '{ clientSecret(nme: "x") { id } }',
    ]) {
      const { errors, text } = await production.post(asApplication, query);
      expect(errors[0]?.extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
      expect(text).not.toMatch(/Did you mean|"types"/);
    }
    expect((await production.post(asApplication, '{ __typename viewer { __typename } }')).errors).toEqual([]);
    expect((await fetch(production.url, { headers: { accept: 'text/html' } })).status).not.toBe(200);
  });

  test('an unexpected error is an ID there as well', async () => {
    const { asApplication } = await production.createApplication();
    await production.sql('alter table client_secrets rename to gone');
    const { errors, text } = await production.post(asApplication, '{ clientSecrets { totalCount } }');
    await production.sql('alter table gone rename to client_secrets');
    expect(errors[0]?.extensions).toMatchObject({ code: 'INTERNAL', errorId: expect.any(String) });
    expect(text).not.toMatch(/relation|gone|exist/);
    expect(production.log()).toContain(errors[0]?.extensions.errorId);
  });
});

describe('requestsPerMinute', () => {
  const INPUT = { wait: 5_000, method: 'POST', clientSecretName: 'openai', headers: { a: '$CLIENT_SECRET' } };
  const three = `mutation ($input: ClientSecretRequestInput!) {
    a: clientSecretRequest(input: $input) { request { id } } b: clientSecretRequest(input: $input) { request { id } }
    c: clientSecretRequest(input: $input) { request { id } }
  }`;

  test('counts each field, so that aliases do not get around it, over every transport', async () => {
    const app = await server.createApplication({ requestsPerMinute: 4 });
    await createSecret(server, app.asApplication, thirdParty.origin);
    thirdParty.answerWith(echo);
    const input = { ...INPUT, url: thirdParty.origin };
    const caller = app.asVisitor('a-visitor-with-an-id');
    expect((await server.post(caller, three, { input })).errors).toEqual([]);
    const before = thirdParty.requests.length;
    const { errors } = await server.post(caller, three, { input });
    expect(errors[0]).toMatchObject({ path: ['b'], extensions: { code: 'RATE_LIMITED' } });
    expect(errors[0]?.extensions.retryAfterMs).toBeGreaterThan(0);
    expect(errors[0]?.extensions.retryAfterMs).toBeLessThanOrEqual(60_000);
    const socket = await connectSocket(server.url, caller);
    socket.subscribe('1', SUBMIT, { input });
    expect(JSON.stringify(await socket.next())).toContain('"RATE_LIMITED"');
    socket.close();
    expect(thirdParty.requests).toHaveLength(before + 1);
    // Another caller has its own.
    expect((await server.post(app.asVisitor('another-visitor-000'), three, { input })).errors).toEqual([]);
  });

  test('is counted by all instances together', async ({ skip }) => {
    const { databaseUrl } = server;
    if (databaseUrl === null) return skip('The embedded database has one process');
    const app = await server.createApplication({ requestsPerMinute: 4 });
    await createSecret(server, app.asApplication, thirdParty.origin);
    const other = await startTestServer([`127.0.0.1:${thirdParty.port}`], { env: { DATABASE_URL: databaseUrl } });
    const input = { ...INPUT, url: thirdParty.origin };
    const outcomes: (string | undefined)[] = [];
    for (let index = 0; index < 6; index++) {
      const { url } = index % 2 === 0 ? server : other;
      const { errors } = await postGraphQL(url, app.asVisitor('a-visitor-with-an-id'), SUBMIT, { input });
      outcomes.push(errors[0]?.extensions.code);
    }
    // The other has another master key: what it takes it cannot open, but it is counted.
    expect(outcomes.map((code) => code === 'RATE_LIMITED')).toEqual([false, false, false, false, true, true]);
    await other.close();
  });
});

test('the server passes all 61 audits of graphql-http', async () => {
  const audits = serverAudits({
    url: () => server.url,
    fetchFn: (url: string, init: RequestInit = {}) => fetch(url, { ...init, headers: { ...init.headers, ...backend } }),
  });
  const results = await Promise.all(
    audits.map(async (audit) => ({ name: audit.name, status: (await audit.fn()).status })),
  );
  expect(results).toHaveLength(61);
  expect(results.filter(({ status }) => status !== 'ok')).toEqual([]);
});
