import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Headers } from '../../support/graphql.ts';
import { connectSocket, openSocket } from '../../support/raw-socket.ts';
import { type ScriptedServer, serveScript } from '../../support/scripted-server.ts';
import { createSecret, REQUEST_FIELDS, SUBMIT } from '../../support/secrets.ts';
import { startTestServer, type TestApplication, type TestServer } from '../../support/server.ts';
import { type Answer, echo, startThirdParty, type ThirdParty } from '../../support/third-party.ts';
import {
  type Attempt,
  attemptsWith,
  bodiesWith,
  CREATE,
  credentialsWith,
  messagesWith,
  ROTATE,
} from './leak-attempts.ts';
import { type Echo, echoesOf } from './leak-echoes.ts';
import { brokenAnswers } from './leak-failures.ts';
import { leaksIn } from './leak-search.ts';

/** Can stand in data, in a query, and within $BASE64(…). */
const WIDE = 'kH7/q+W"m&Z=éX2vB9tR';
/** Can stand in a header, too. */
const ASCII = 'nT4/y+C"k&U=gF8sD3wL';
/** Can stand in a path, too. */
const NARROW = 'pQ5+j"N&h=éM1zR6cYxJ';
const VALUES = [WIDE, ASCII, NARROW];
/** Of a text with a secret in it, to find the cause by. */
const SHOWN = 200;
const MAX_RESPONSE_BYTES = 200_000;
const EVERYWHERE = { allowedPlacements: ['HEADERS', 'PARAMS', 'DATA', 'URL'] };

let server: TestServer;
let app: TestApplication;
let thirdParty: ThirdParty;
let broken: ScriptedServer;
let backend: Headers;
/** All that anybody got to see, with where. */
const seen: { where: string; text: string }[] = [];
const echoes: Echo[] = echoesOf(WIDE);
const answers = [...brokenAnswers(ASCII, MAX_RESPONSE_BYTES), ...brokenAnswers(WIDE, MAX_RESPONSE_BYTES)];
const echoUrl = (index: number) => `${thirdParty.origin}/echo/${index}`;

beforeAll(async () => {
  thirdParty = await startThirdParty();
  thirdParty.answerWith((request) => {
    const index = /^\/echo\/(\d+)/.exec(request.url)?.[1];
    if (request.url === '/late') return new Promise<Answer>(() => {});
    return index === undefined ? echo(request) : (echoes[Number(index)]?.answer ?? 'cut');
  });
  broken = await serveScript(({ head, socket }) => {
    const index = Number(/^POST \/broken\/(\d+)/.exec(head)?.[1]);
    socket.end(answers[index]?.bytes ?? bytesApart(WIDE));
  });
  server = await startTestServer([`127.0.0.1:${thirdParty.port}`, `127.0.0.1:${broken.port}`], {
    overrides: { resolve: async (name) => (name === 'inside.example' ? ['10.0.0.1'] : []) },
    env: { LOG_LEVEL: 'trace', METRICS_PORT: '0', KEYHOLE_MAX_RESPONSE_BYTES: String(MAX_RESPONSE_BYTES) },
  });
  app = await server.createApplication();
  backend = app.asApplication;
  const origins = [
    thirdParty.origin,
    thirdParty.origin.replace('http:', 'https:'),
    `http://127.0.0.1:${broken.port}`,
    'https://gone.invalid',
    'https://inside.example',
  ];
  const rules = { ...EVERYWHERE, allowedUrls: origins };
  await keep({ name: 'wide', clientSecret: WIDE, ...rules });
  await keep({ name: 'ascii', clientSecret: ASCII, ...rules });
  await keep({ name: 'narrow', clientSecret: NARROW, ...rules });
});
afterAll(async () => {
  await server.close();
  await thirdParty.close();
  broken.close();
});

/** An answer, at least as chunked, with each byte in a chunk of its own. */
function bytesApart(value: string): Buffer {
  const chunks = [...Buffer.from(`{"a":${JSON.stringify(value)}}`)].map((byte) =>
    Buffer.concat([Buffer.from('1\r\n'), Buffer.from([byte]), Buffer.from('\r\n')]),
  );
  const head = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n';
  return Buffer.concat([Buffer.from(head), ...chunks, Buffer.from('0\r\n\r\n')]);
}

async function keep(input: object): Promise<string> {
  return (await createSecret(server, backend, thirdParty.origin, input)).id;
}

async function ask(where: string, headers: Headers, query: string, variables: object = {}): Promise<string> {
  const answer = await fetch(server.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
    body: JSON.stringify({ query, variables }),
  });
  const text = `${answer.status} ${JSON.stringify([...answer.headers])} ${await answer.text()}`;
  seen.push({ where, text });
  return text;
}

function headersOf(attempt: Attempt): Promise<Headers> | Headers {
  if (attempt.as === 'operator') return server.asOperator;
  if (attempt.as === 'visitor') return app.asVisitor('a-visitor-with-an-id');
  return attempt.as === 'user' ? app.asUser('somebody') : backend;
}

/** Over HTTP, as a stream of events, and over a WebSocket. */
async function attempt(row: Attempt): Promise<string[]> {
  const { name, query, variables = {} } = row;
  const headers = await headersOf(row);
  const asJson = query.startsWith('subscription') ? [] : [await ask(name, headers, query, variables)];
  const asEvents = await ask(`${name}, by SSE`, { ...headers, accept: 'text/event-stream' }, query, variables);
  const socket = await connectSocket(server.url, headers);
  socket.subscribe('1', query, variables);
  await socket.next();
  socket.close();
  seen.push({ where: `${name}, by WebSocket`, text: socket.heard() });
  return [...asJson, asEvents, socket.heard()];
}

/** Where something of the secrets can be read, in what was seen since the last time. */
function leaks(): string[] {
  return seen.splice(0).flatMap(({ where, text }) => {
    const pieces = leaksIn(text, VALUES);
    return pieces.length === 0 ? [] : [`${where}: ${pieces.join(', ')} in ${text.slice(0, SHOWN)}`];
  });
}

/** Every table, as text. */
async function dump(): Promise<string> {
  const tables = await server.sql<{ name: string }>(
    `select tablename as name from pg_tables where schemaname = 'public'`,
  );
  const rows = await Promise.all(
    tables.map(({ name }) => server.sql<{ row: string }>(`select t::text as row from "${name}" t`)),
  );
  return rows
    .flat()
    .map(({ row }) => row)
    .join('\n');
}

test('the search finds the secret in everything that the third party sends', () => {
  const blind = echoes.filter(({ plain }) => leaksIn(plain, VALUES).length === 0);
  expect(blind.map(({ name }) => name)).toEqual([]);
});

describe('no secret shows', () => {
  test('by any operation on it', async () => {
    const id = await keep({ name: 'taken', clientSecret: WIDE, allowedUrls: [thirdParty.origin] });
    const FIELDS = `id name maskedSecret clientId locked enabled allowedUrls allowedMethods allowedPlacements identifierCode
      tags notes owner usersAllowed { username } groupsAllowed { name } version viewerCanEdit createdAt updatedAt lastUsedAt`;
    const change = (operation: string, type: string, input: object) =>
      ask(
        operation,
        backend,
        `mutation ($input: ${type}!) { ${operation}(input: $input) { clientSecret { ${FIELDS} } } }`,
        {
          input: { id, ...input },
        },
      );
    await change('updateClientSecret', 'UpdateClientSecretInput', { notes: 'noted' });
    await change('rotateClientSecret', 'RotateClientSecretInput', { clientSecret: ASCII });
    await change('disableClientSecret', 'ClientSecretIdInput', {});
    await change('enableClientSecret', 'ClientSecretIdInput', {});
    const shown = await ask(
      'reading',
      backend,
      `{ node(id: "${id}") { ... on ClientSecret { ${FIELDS} } }
      clientSecret(name: "taken") { ${FIELDS} } clientSecrets { nodes { ${FIELDS} } } }`,
    );
    expect(shown).toContain('••••••••D3wL');
    expect(leaks()).toEqual([]);
  });

  test('by sending it in every place', async () => {
    const places: [string, object][] = [
      ['ascii', { headers: { authorization: 'Bearer $CLIENT_SECRET' } }],
      ['wide', { headers: { authorization: 'Basic $BASE64(user:$CLIENT_SECRET)' } }],
      ['wide', { headers: {}, data: { deep: [{ key: 'x $CLIENT_SECRET y' }] } }],
      ['wide', { headers: { 'content-type': 'application/x-www-form-urlencoded' }, data: { key: '$CLIENT_SECRET' } }],
      ['wide', { headers: { 'content-type': 'multipart/form-data' }, data: { key: '$CLIENT_SECRET' } }],
      ['wide', { headers: { 'content-type': 'text/plain' }, data: 'key=$CLIENT_SECRET' }],
      ['wide', { headers: {}, url: `${thirdParty.origin}/?key=$CLIENT_SECRET&b=$BASE64($CLIENT_SECRET)` }],
      ['narrow', { headers: {}, url: `${thirdParty.origin}/bot$CLIENT_SECRET/send` }],
      ['wide', { headers: {}, method: 'GET', params: { key: '$CLIENT_SECRET', list: ['$BASE64($CLIENT_SECRET)'] } }],
    ];
    for (const [clientSecretName, input] of places) {
      const before = thirdParty.requests.length;
      const variables = { input: { clientSecretName, url: thirdParty.origin, method: 'POST', wait: 10_000, ...input } };
      const answer = await ask('sending', backend, SUBMIT, variables);
      expect(answer).toContain('"RESOLVED"');
      const { url, rawHeaders, body } = thirdParty.requests[before] ?? { url: '', rawHeaders: [], body: '' };
      expect(leaksIn(`${url} ${rawHeaders.join(' ')} ${body}`, VALUES)).not.toEqual([]);
    }
    expect(leaks()).toEqual([]);
  });

  test('however the third party sends it back, and to whoever listens', async () => {
    const [socket, events] = await Promise.all([connectSocket(server.url, backend), listenByEvents()]);
    socket.subscribe('1', `subscription { clientSecretRequestHistoryUpdated { ...R } } ${REQUEST_FIELDS}`);
    await inParallel(
      [...echoes.entries()],
      async ([
        index,
        {
          name,
          answer: { body },
        },
      ]) => {
        const input = {
          clientSecretName: 'wide',
          url: echoUrl(index),
          method: 'POST',
          headers: {},
          data: '$CLIENT_SECRET',
        };
        const answer = await ask(name, backend, SUBMIT, { input: { ...input, wait: 20_000 } });
        expect(answer, name).not.toContain('"PENDING"');
        // Whatever was there is there still, without the secret.
        expect(answer, name).toContain(body === undefined ? '"responseHeaders":{' : '"statusCode":');
      },
    );
    expect(server.log().split('the third party sent the client secret back')).toHaveLength(echoes.length + 10);
    socket.close();
    seen.push({ where: 'WebSocket', text: socket.heard() }, { where: 'SSE', text: await events.stop() });
    expect(socket.heard()).toContain('"RESOLVED"');
    expect(leaks()).toEqual([]);
  });

  test('by an operation that fails, over whatever transport', async () => {
    const secretId = await keep({ name: 'other', clientSecret: ASCII });
    const rows = attemptsWith(WIDE, { secretId, origin: thirdParty.origin });
    for (const row of rows) {
      for (const answer of await attempt(row)) expect(answer, row.name).toMatch(/"errors"|"type":"error"/);
    }
    expect(leaks()).toEqual([]);
  });

  test('by messages that are none', async () => {
    for (const message of messagesWith(WIDE)) {
      const socket = await connectSocket(server.url, backend);
      socket.send(message);
      await socket.closed;
      seen.push({ where: 'a message', text: socket.heard() });
    }
    for (const init of bodiesWith(WIDE)) {
      const answer = await fetch(`${server.url}${init.query ?? ''}`, {
        ...init,
        headers: { ...backend, ...init.headers },
      });
      expect(answer.status).toBeGreaterThanOrEqual(400);
      seen.push({ where: 'a body', text: `${JSON.stringify([...answer.headers])} ${await answer.text()}` });
    }
    expect(leaks()).toEqual([]);
  });

  test('by credentials that are none', async () => {
    for (const headers of credentialsWith(WIDE, app.clientId)) {
      expect(await ask('credentials', headers, '{ viewer { kind } }')).toMatch(/^40[01]/);
      const socket = await openSocket(server.url, headers);
      expect(await socket.closed).toBeOneOf([4400, 4401]);
      seen.push({ where: 'credentials by WebSocket', text: socket.heard() });
    }
    expect(leaks()).toEqual([]);
  });

  test('however sending it fails', async () => {
    const post = (clientSecretName: string, url: string, input: object = {}) =>
      ask(`sending to ${url}`, backend, SUBMIT, {
        input: { clientSecretName, url, method: 'POST', headers: {}, data: '$CLIENT_SECRET', wait: 20_000, ...input },
      });
    for (const [index, { name, code }] of answers.entries()) {
      const clientSecretName = index < answers.length / 2 ? 'ascii' : 'wide';
      const answer = await post(clientSecretName, `http://127.0.0.1:${broken.port}/broken/${index}`);
      expect(answer, name).toContain(code === '' ? '"RESOLVED"' : `"${code}"`);
    }
    expect(await post('wide', `http://127.0.0.1:${broken.port}/apart`)).toContain(
      '"responseText":"{\\"a\\":\\"$CLIENT_SECRET',
    );
    expect(await post('wide', 'https://gone.invalid/?k=$CLIENT_SECRET')).toContain('"UPSTREAM_UNREACHABLE"');
    expect(await post('wide', 'https://inside.example/?k=$CLIENT_SECRET')).toContain('"DESTINATION_NOT_ALLOWED"');
    const overTls = thirdParty.origin.replace('http:', 'https:');
    expect(await post('narrow', `${overTls}/$CLIENT_SECRET?k=$CLIENT_SECRET`)).toContain('"UPSTREAM_UNREACHABLE"');
    expect(await post('wide', `${thirdParty.origin}/late`, { timeout: 50 })).toContain('"UPSTREAM_TIMEOUT"');
    expect(await post('wide', `${thirdParty.origin}/late`, { expires: 50 })).toContain('"EXPIRED"');
    expect(leaks()).toEqual([]);
  });

  test('by an error that nobody expected', async () => {
    const id = await keep({ name: 'broken', clientSecret: ASCII, ...EVERYWHERE });
    const input = {
      clientSecretName: 'broken',
      url: thirdParty.origin,
      method: 'POST',
      queue: 'q',
      data: '$CLIENT_SECRET',
    };
    const create = { name: 'x', clientSecret: WIDE, allowedUrls: ['https://a.example'] };
    const rows: Attempt[] = [
      { name: 'creating', query: CREATE, variables: { input: create } },
      { name: 'rotating', query: ROTATE, variables: { input: { id, clientSecret: WIDE } } },
      { name: 'submitting', query: SUBMIT, variables: { input } },
      { name: 'reading', query: '{ clientSecrets { nodes { id } } }' },
      { name: 'history', query: '{ clientSecretRequestHistory { nodes { id } } }' },
      { name: 'credentials', query: '{ viewer { application { credentials { id } } } }' },
    ];
    for (const table of ['client_secrets', 'requests', 'queues', 'application_credentials']) {
      await server.sql(`alter table ${table} rename to gone`);
      const answers: string[] = [];
      for (const row of rows) answers.push(...(await attempt(row).catch(() => [])));
      await server.sql(`alter table gone rename to ${table}`);
      expect(answers.filter((answer) => answer.includes('"INTERNAL"')).length, table).toBeGreaterThan(0);
    }
    // What Postgres then says of the row that it refuses has the whole row in it.
    await server.sql('alter table client_secrets add constraint odd check (notes is null) not valid');
    const row = { name: 'noting', query: CREATE, variables: { input: { ...create, name: 'y', notes: WIDE } } };
    for (const answer of await attempt(row)) expect(answer).toContain('"INTERNAL"');
    await server.sql('alter table client_secrets drop constraint odd');
    expect(server.log()).toContain('violates check constraint');
    expect(leaks()).toEqual([]);
  });

  test('in the history, the log, the metrics, the database', async () => {
    const page = `{ clientSecretRequestHistory(first: 100 AFTER) { nodes { ...R } pageInfo { endCursor hasNextPage } } } ${REQUEST_FIELDS}`;
    for (let after: string | undefined = ''; after !== undefined; ) {
      const text = await ask('history', backend, page.replace('AFTER', after));
      const [, cursor, goesOn] = /"endCursor":"([^"]*)","hasNextPage":(\w+)/.exec(text) ?? [];
      after = goesOn === 'true' ? `after: "${cursor}"` : undefined;
    }
    const metrics = await fetch(/"metricsUrl":"([^"]+)"/.exec(server.log())?.[1] ?? '');
    const rows = await dump();
    expect(rows).toContain('$CLIENT_SECRET');
    expect(server.log()).toContain('the third party sent the client secret back');
    seen.push(
      { where: 'the database', text: rows },
      { where: 'the log', text: server.log() },
      { where: 'the metrics', text: await metrics.text() },
    );
    expect(metrics.status).toBe(200);
    expect(leaks()).toEqual([]);
  });
});

/** A few at a time. */
async function inParallel<T>(items: T[], run: (item: T) => Promise<void>): Promise<void> {
  const left = items.values();
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      for (const item of left) await run(item);
    }),
  );
}

async function listenByEvents(): Promise<{ stop(): Promise<string> }> {
  const controller = new AbortController();
  const query = `subscription { clientSecretRequestHistoryUpdated { ...R } } ${REQUEST_FIELDS}`;
  const response = await fetch(server.url, {
    method: 'POST',
    headers: { ...backend, 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ query }),
    signal: controller.signal,
  });
  let text = '';
  const reading = (async () => {
    for await (const chunk of response.body ?? []) text += Buffer.from(chunk).toString();
  })().catch(() => {});
  return {
    async stop() {
      controller.abort();
      await reading;
      return text;
    },
  };
}
