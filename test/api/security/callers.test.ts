import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DatabaseHandle, openDatabase } from '../../../src/database/database.ts';
import { createTestDatabase, type TestDatabaseSource } from '../../support/databases.ts';
import { type Headers, postGraphQL } from '../../support/graphql.ts';
import { HISTORY_UPDATED, TRANSPORTS } from '../../support/listening.ts';
import { connectSocket, openSocket } from '../../support/raw-socket.ts';
import { startTestServer, type TestApplication, type TestServer } from '../../support/server.ts';

const VIEWER = '{ viewer { kind } }';
const UPDATE = 'mutation ($input: UpdateApplicationInput!) { updateApplication(input: $input) { application { id } } }';
const ORIGIN = 'https://page.example';

let database: TestDatabaseSource;
let server: TestServer;
let app: TestApplication;
let disabled: TestApplication;
let queries = 0;

beforeAll(async () => {
  database = await createTestDatabase();
  const { url: databaseUrl, snapshot } = database;
  const start = snapshot === undefined ? {} : { snapshot };
  const handle = await openDatabase({ databaseUrl, dataDir: null, onPoolError: () => {}, ...start });
  server = await startTestServer([], { overrides: { database: counting(handle) } });
  app = await server.createApplication({ allowedOrigins: [ORIGIN] });
  disabled = await server.createApplication({ allowedOrigins: [ORIGIN] });
  await update(disabled, { enabled: false });
});
afterAll(async () => {
  await server.close();
  await database.drop();
});

/** The same database; each look for who calls is counted. */
function counting(handle: DatabaseHandle): DatabaseHandle {
  const kysely = handle.kysely.withPlugin({
    transformQuery: ({ node }) => {
      if (node.kind === 'SelectQueryNode' && JSON.stringify(node).includes('"application_credentials"')) queries++;
      return node;
    },
    transformResult: async ({ result }) => result,
  });
  return { ...handle, kysely };
}

async function update({ id }: TestApplication, input: object): Promise<void> {
  await server.post(server.asOperator, UPDATE, { input: { id, ...input } }).then(({ data }) => data);
}

/** Status, headers that do not vary by themselves, and body. */
async function answerTo(headers: Headers, accept = 'application/json'): Promise<string> {
  const response = await fetch(server.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept, ...headers },
    body: JSON.stringify({ query: VIEWER }),
  });
  const varying = ['date', 'x-request-id'];
  const shown = [...response.headers].filter(([name]) => !varying.includes(name));
  return `${response.status} ${JSON.stringify(shown)} ${await response.text()}`;
}

/** The three that nobody may tell apart. */
function refusedThree(): Headers[] {
  const wrong = 'khs_wrong-wrong-wrong-wrong-wrong-wrong-wrong';
  return [
    { 'x-client-id': 'kh_not-registered-at-all', 'x-client-secret': app.clientSecret },
    disabled.asApplication,
    { 'x-client-id': app.clientId, 'x-client-secret': wrong },
    { 'x-client-id': disabled.clientId, 'x-client-secret': wrong },
    { 'x-client-id': 'kh_not-registered-at-all' },
    disabled.asVisitor(),
    disabled.asVisitor('a-visitor-with-an-id'),
    { 'x-client-id': disabled.clientId, authorization: 'Bearer x.y.z' },
    { 'x-client-id': 'kh_not-registered-at-all', authorization: 'Bearer x.y.z' },
  ];
}

describe('an unknown client ID, a disabled application and a wrong client secret', () => {
  test.each([{}, { origin: ORIGIN }, { origin: 'https://elsewhere.example' }])(
    'get one answer from a page at %o',
    async (page) => {
      for (const accept of ['application/json', 'application/graphql-response+json', 'text/event-stream']) {
        const answers = new Set<string>();
        for (const headers of refusedThree()) answers.add(await answerTo({ ...headers, ...page }, accept));
        expect([...answers]).toHaveLength(1);
        expect([...answers][0]).toMatch(/^401 .*"Client ID not registered or client secret wrong"/);
      }
    },
  );

  test('get one answer over a WebSocket', async () => {
    const answers = new Set<string>();
    for (const headers of refusedThree()) {
      const socket = await openSocket(server.url, headers);
      answers.add(`${await socket.closed} ${socket.heard()}`);
    }
    expect([...answers]).toEqual(['4401 Client ID not registered or client secret wrong']);
  });

  test('cost the same: one look into the database', async () => {
    // What is known already of the application that is enabled must save nothing.
    await server.post(app.asApplication, VIEWER);
    for (const headers of refusedThree()) {
      await new Promise((resolve) => setImmediate(resolve));
      const before = queries;
      await answerTo(headers);
      expect(queries - before, JSON.stringify(headers)).toBe(1);
    }
  });
});

/** Whoever they claim to be, it is nobody: never a silent VISITOR. Add one. */
function nobodies(): [what: string, Headers][] {
  const client = { 'x-client-id': app.clientId };
  return [
    ['nothing', {}],
    ['a client secret alone', { 'x-client-secret': app.clientSecret }],
    ['a client secret beside a token', { ...app.asApplication, authorization: 'Bearer x' }],
    ['an operator token beside a client ID', { ...client, ...server.asOperator }],
    ['another operator token', { authorization: `Bearer ${'x'.repeat(48)}` }],
    ['an empty token', { ...client, authorization: 'Bearer ' }],
    ['no scheme', { ...client, authorization: 'x' }],
    ['another scheme', { ...client, authorization: 'Basic eDp5' }],
    ['an empty Authorization', { ...client, authorization: '' }],
    ['a token without a signature', { ...client, authorization: `Bearer ${unsigned()}` }],
    ['an empty client secret', { ...client, 'x-client-secret': '' }],
    ['an empty client ID', { 'x-client-id': '' }],
    ['two client IDs', { 'x-client-id': app.clientId, 'x-ibm-client-id': disabled.clientId }],
    ["another application's client secret", { ...client, 'x-client-secret': disabled.clientSecret }],
  ];
}

function unsigned(): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part({ iss: 'keyhole', aud: app.id, sub: 'ann', exp: 9e9 })}.`;
}

test('credentials that are none are none over every transport', async () => {
  for (const [what, headers] of nobodies()) {
    expect(await answerTo(headers), what).toMatch(/^401 .*"UNAUTHENTICATED"/);
    expect(await answerTo(headers, 'text/event-stream'), what).toMatch(/^401 /);
    const socket = await openSocket(server.url, headers);
    expect(await socket.closed, what).toBe(4401);
  }
});

describe('a token that expires', () => {
  test.each(TRANSPORTS)('ends what it listens to over %s, and calls no more', async (_name, subscribe) => {
    const user = await app.asUser('ann', { expiresIn: 1_500 });
    const subscribed = subscribe(server.url, user, HISTORY_UPDATED);
    await expect(subscribed.next()).rejects.toBeDefined();
    expect((await server.post(user, VIEWER)).errors[0]?.extensions.code).toBe('UNAUTHENTICATED');
  });

  test('closes its socket with 4401', async () => {
    const socket = await connectSocket(server.url, await app.asUser('ann', { expiresIn: 1_000 }));
    expect(await socket.closed).toBe(4401);
  });
});

describe('who is no caller any more', () => {
  const REVOKE =
    'mutation ($input: RevokeApplicationCredentialInput!) { revokeApplicationCredential(input: $input) { id } }';
  const CREDENTIALS = '{ viewer { application { credentials { id } } } }';

  /** Of an application that stands and has one other listener, who stays. Add one. */
  const ends: readonly (readonly [what: string, code: number, end: (other: TestApplication) => Promise<void>])[] = [
    ['its application is disabled', 4401, (other) => update(other, { enabled: false })],
    ['its origin is not listed', 4403, (other) => update(other, { allowedOrigins: [] })],
    [
      'its credential is revoked',
      4401,
      async (other) => {
        const { data } = await server.post<{ viewer: { application: { credentials: { id: string }[] } } }>(
          other.asApplication,
          CREDENTIALS,
        );
        const input = { id: data.viewer.application.credentials[0]?.id };
        await server.post(server.asOperator, REVOKE, { input }).then((answer) => answer.data);
      },
    ],
  ];

  test.each(ends)('hears nothing more: %s', async (_what, code, end) => {
    const other = await server.createApplication({ allowedOrigins: [ORIGIN] });
    const stays = await connectSocket(server.url, app.asVisitor('a-visitor-with-an-id'));
    const sockets = [
      await openSocket(server.url, other.asVisitor('a-visitor-with-an-id'), { origin: ORIGIN }),
      await openSocket(server.url, await other.asUser('ann'), { origin: ORIGIN }),
      await openSocket(server.url, other.asApplication, { origin: ORIGIN }),
    ];
    for (const socket of sockets) {
      await socket.next();
      socket.subscribe('1', HISTORY_UPDATED);
    }
    const events = await fetch(server.url, {
      method: 'POST',
      headers: {
        ...other.asApplication,
        origin: ORIGIN,
        'content-type': 'application/json',
        accept: 'text/event-stream',
      },
      body: JSON.stringify({ query: HISTORY_UPDATED }),
    });
    expect(events.status).toBe(200);
    await end(other);
    for (const socket of sockets) expect(await socket.closed).toBe(code);
    expect(await events.text()).not.toContain('event:');
    stays.subscribe('1', VIEWER);
    expect(await stays.next()).toMatchObject({ type: 'next' });
    stays.close();
  });

  test('and its page gets 403 where its origin is not listed', async () => {
    const other = await server.createApplication({ allowedOrigins: [ORIGIN] });
    const headers = { ...other.asVisitor(), origin: ORIGIN };
    expect((await postGraphQL(server.url, headers, VIEWER)).status).toBe(200);
    await update(other, { allowedOrigins: [] });
    expect((await postGraphQL(server.url, headers, VIEWER)).status).toBe(403);
  });
});
