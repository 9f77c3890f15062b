import { request as httpRequest } from 'node:http';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { KeyholeError } from '../../../src/errors.ts';
import { EDGE_DEFAULTS } from '../../../src/graphql/edge-config.ts';
import { encodeGlobalId } from '../../../src/graphql/global-id.ts';
import { newId } from '../../../src/ids.ts';
import { as, type FakeEdge, type FakeServices, readAnswer, requestRecord, startEdge } from './fake-edge.ts';

let edge: FakeEdge;
afterEach(() => edge.close());

const VIEWER = '{ viewer { kind username application { name } } }';
const SUBMIT = `mutation Submit($input: ClientSecretRequestInput!) { clientSecretRequest(input: $input) { request { id status } } }`;
const INPUT = { clientSecretName: 'openai', url: 'https://api.test/v1', method: 'POST' };

describe('who is calling', () => {
  test.each([
    [as.operator, { kind: 'OPERATOR', username: null, application: null }],
    [as.application, { kind: 'APPLICATION', username: null, application: { name: 'fake' } }],
    [as.user, { kind: 'USER', username: 'ada', application: { name: 'fake' } }],
    [as.visitor, { kind: 'VISITOR', username: null, application: { name: 'fake' } }],
    [{ 'X-IBM-Client-Id': 'app' }, { kind: 'VISITOR', username: null, application: { name: 'fake' } }],
  ])('%o is told from the headers', async (headers, viewer) => {
    edge = await startEdge();
    const { status, body } = await edge.post(VIEWER, { headers });
    expect({ status, viewer: body.data.viewer }).toEqual({ status: 200, viewer });
  });

  test.each(['application/json', 'application/graphql-response+json'])(
    'nobody without credentials: 401, for those who accept %s too',
    async (Accept) => {
      edge = await startEdge();
      const { status, body, headers } = await edge.post(VIEWER, { headers: { Accept } });
      expect(status).toBe(401);
      expect(body.errors[0].extensions).toEqual({ code: 'UNAUTHENTICATED' });
      expect(headers.get('content-type')).toBe(`${Accept}; charset=utf-8`);
    },
  );

  test('a visitor with a bad ID is refused with the name of the header', async () => {
    edge = await startEdge();
    const { status, body } = await edge.post(VIEWER, { headers: { ...as.visitor, 'X-Visitor-Id': 'short' } });
    expect(status).toBe(400);
    expect(body.errors[0].extensions).toEqual({ code: 'INVALID_PARAMETER', parameter: 'X-Visitor-Id' });
  });

  test('a caller that no longer is one is refused as a whole, before anything is done', async () => {
    const list = vi.fn();
    const confirm = async () => {
      throw new KeyholeError('UNAUTHENTICATED', 'Client ID not registered or client secret wrong');
    };
    edge = await startEdge({ applications: { confirm }, secrets: { list } });
    const { status, body } = await edge.post('{ clientSecrets { totalCount } }');
    expect(status).toBe(401);
    expect(body.data).toBeUndefined();
    expect(list).not.toHaveBeenCalled();
  });

  test('submitting asks the database for the caller only in its own statement', async () => {
    const confirm = vi.fn();
    const submit = vi.fn(async () => requestRecord());
    edge = await startEdge({ applications: { confirm }, requests: { submit } });
    const { body } = await edge.post(SUBMIT, { variables: { input: INPUT } });
    expect(body.data.clientSecretRequest.request.status).toBe('PENDING');
    expect(submit.mock.calls[0]?.slice(1, 2)).toEqual([INPUT]);
    expect(confirm).not.toHaveBeenCalled();
  });

  test.each([
    ['{ applications { nodes { id } } }', as.application],
    ['{ clientSecretRequestHistory { nodes { id } } }', as.operator],
    ['{ clientSecrets { totalCount } }', as.operator],
    [`mutation { issueUserToken(input: { username: "ada" }) { token } }`, as.user],
    ['{ viewer { application { credentials { id } } } }', as.visitor],
  ])('%s is not for a caller with %o', async (query, headers) => {
    edge = await startEdge();
    const { status, body } = await edge.post(query, { headers });
    expect(status).toBe(200);
    expect(body.errors[0].extensions).toEqual({ code: 'FORBIDDEN' });
  });
});

describe('global IDs', () => {
  const id = encodeGlobalId('ClientSecretRequest', newId());
  const find = async () => null;

  test.each([['!'], [''], ['Q2xpZW50U2VjcmV0Og=='], [encodeGlobalId('Nothing', newId())], [id]])(
    '%s is of nothing that is there',
    async (given) => {
      edge = await startEdge({ requests: { find } });
      const query =
        'query Find($id: ID!) { node(id: $id) { id } nodes(ids: [$id]) { id } clientSecretRequest(id: $id) { id } }';
      const { body } = await edge.post(query, { variables: { id: given } });
      expect(body).toEqual({ data: { node: null, nodes: [null], clientSecretRequest: null } });
    },
  );

  test('of another type are not found by a mutation', async () => {
    edge = await startEdge();
    const { body } = await edge.post('mutation Delete($id: ID!) { deleteClientSecret(input: { id: $id }) { id } }', {
      variables: { id },
    });
    expect(body.errors[0].extensions).toEqual({ code: 'NOT_FOUND' });
  });

  test('lead back to what they were read from', async () => {
    const record = requestRecord();
    edge = await startEdge({ requests: { find: async (_caller, asked) => (asked === record.id ? record : null) } });
    const nodeId = encodeGlobalId('ClientSecretRequest', record.id);
    const { body } = await edge.post('query Find($id: ID!) { node(id: $id) { __typename id } }', {
      variables: { id: nodeId },
    });
    expect(body.data.node).toEqual({ __typename: 'ClientSecretRequest', id: nodeId });
  });
});

describe('a response', () => {
  const FIELDS = '{ node(id: $id) { ... on ClientSecretRequest { responseBody responseText responseBase64 } } }';

  test.each([
    [
      'json',
      '{"a":[1,null]}',
      { responseBody: { a: [1, null] }, responseText: '{"a":[1,null]}', responseBase64: null },
    ],
    ['text', '{"a":1}', { responseBody: '{"a":1}', responseText: '{"a":1}', responseBase64: null }],
    ['binary', 'AAEC', { responseBody: null, responseText: null, responseBase64: 'AAEC' }],
    [null, null, { responseBody: null, responseText: null, responseBase64: null }],
  ] as const)('of kind %s shows in the fields that fit', async (kind, body, expected) => {
    const record = requestRecord({ response: { statusCode: 200, headers: {}, kind, body } });
    edge = await startEdge({ requests: { find: async () => record } });
    const variables = { id: encodeGlobalId('ClientSecretRequest', record.id) };
    const answer = await edge.post(`query Find($id: ID!) ${FIELDS}`, { variables });
    expect(answer.body.data.node).toEqual(expected);
  });
});

describe('pages of other origins', () => {
  const list = vi.fn(async () => ({ edges: [], hasNextPage: false, hasPreviousPage: false, totalCount: 0 }));
  const fakes: FakeServices = { secrets: { list } };
  const QUERY = '{ clientSecrets { totalCount } }';

  test('may call from an origin that the application lists', async () => {
    edge = await startEdge(fakes);
    const { status, headers } = await edge.post(QUERY, { headers: { ...as.visitor, Origin: 'https://page.test' } });
    expect(status).toBe(200);
    expect(headers.get('access-control-allow-origin')).toBe('https://page.test');
    expect(headers.get('access-control-allow-credentials')).toBeNull();
    expect(headers.get('access-control-expose-headers')).toBe('X-Request-Id');
    expect(headers.get('vary')).toBe('Origin');
  });

  test.each(['https://other.test', 'null', 'https://page.test.evil', 'http://page.test'])(
    'may not from %s, and nothing is done',
    async (Origin) => {
      list.mockClear();
      edge = await startEdge(fakes);
      const { status, body, headers } = await edge.post(QUERY, { headers: { ...as.visitor, Origin } });
      expect(status).toBe(403);
      expect(body.errors[0].extensions.code).toBe('FORBIDDEN');
      expect(headers.get('access-control-allow-origin')).toBeNull();
      expect(list).not.toHaveBeenCalled();
    },
  );

  test("may from the server's own, the operator from there alone", async () => {
    edge = await startEdge();
    const own = await edge.post(VIEWER, { headers: { ...as.operator, Origin: edge.origin } });
    const other = await edge.post(VIEWER, { headers: { ...as.operator, Origin: 'https://page.test' } });
    expect([own.status, other.status]).toEqual([200, 403]);
  });

  test('may read why their caller was refused', async () => {
    edge = await startEdge();
    const { status, headers } = await edge.post(VIEWER, {
      headers: { 'X-Client-Id': 'no', Origin: 'https://page.test' },
    });
    expect(status).toBe(401);
    expect(headers.get('access-control-allow-origin')).toBe('https://page.test');
  });

  test('may read that another application lists them, and not this one', async () => {
    edge = await startEdge({ applications: { originListedAnywhere: async () => true } });
    const { status, headers } = await edge.post(VIEWER, { headers: { ...as.visitor, Origin: 'https://other.test' } });
    expect(status).toBe(403);
    expect(headers.get('access-control-allow-origin')).toBe('https://other.test');
  });

  describe('that name nobody', () => {
    const ask = async (Origin: string) =>
      readAnswer(await fetch(edge.url, { headers: { Origin, Accept: 'application/json' } }));

    test.each(['https://other.test', 'null'])('may read that no application lists %s', async (origin) => {
      edge = await startEdge();
      const { status, body, headers } = await ask(origin);
      expect(status).toBe(401);
      expect(body).toEqual({ errors: [{ message: expect.any(String), extensions: { code: 'UNAUTHENTICATED' } }] });
      expect(headers.get('access-control-allow-origin')).toBe('*');
      expect(headers.get('access-control-expose-headers')).toBeNull();
    });

    test('may read that credentials alone are missing where one lists them', async () => {
      edge = await startEdge();
      const { status, headers } = await ask('https://page.test');
      expect(status).toBe(401);
      expect(headers.get('access-control-allow-origin')).toBe('https://page.test');
      expect(headers.get('access-control-expose-headers')).toBe('X-Request-Id');
    });

    test('may read that the database is away, which is no refusal and grants nothing', async () => {
      const away = async () => {
        throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
      };
      edge = await startEdge({ ...fakes, applications: { originListedAnywhere: away } });
      const { status, body, headers } = await ask('https://other.test');
      expect(status).toBe(503);
      expect(Object.keys(body)).toEqual(['errors']);
      expect(headers.get('access-control-allow-origin')).toBe('*');
      const preflight = await fetch(edge.url, { method: 'OPTIONS', headers: { Origin: 'https://page.test' } });
      expect(preflight.status).toBe(503);
      expect(preflight.headers.get('access-control-allow-origin')).toBeNull();
      list.mockClear();
      const named = await edge.post(QUERY, { headers: { ...as.visitor, Origin: 'https://other.test' } });
      expect(named.status).toBe(503);
      expect(named.headers.get('access-control-allow-origin')).toBeNull();
      expect(list).not.toHaveBeenCalled();
    });
  });

  test('get a preflight granted where any application lists them', async () => {
    edge = await startEdge();
    const preflight = (Origin: string) =>
      fetch(edge.url, { method: 'OPTIONS', headers: { Origin, 'Access-Control-Request-Method': 'POST' } });
    const granted = await preflight('https://page.test');
    expect(granted.status).toBe(204);
    expect(granted.headers.get('access-control-allow-origin')).toBe('https://page.test');
    expect(granted.headers.get('access-control-allow-headers')).toContain('X-Client-Id');
    const refused = await preflight('https://other.test');
    expect(refused.headers.get('access-control-allow-origin')).toBeNull();
    expect(refused.headers.get('access-control-allow-headers')).toBeNull();
  });

  test.each(['application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'text/plain'])(
    'cannot have a form send %s',
    async (type) => {
      edge = await startEdge();
      const response = await fetch(edge.url, {
        method: 'POST',
        headers: { ...as.visitor, 'Content-Type': type },
        body: JSON.stringify({ query: VIEWER }),
      });
      expect((await readAnswer(response)).status).toBe(415);
    },
  );
});

describe('what is no operation', () => {
  test('a body above the limit is 413, announced or not', async () => {
    edge = await startEdge();
    const announced = await edge.post(`{ viewer { kind } } # ${'x'.repeat(20_000_000)}`);
    expect([announced.status, announced.body.errors[0].extensions.code]).toEqual([413, 'PAYLOAD_TOO_LARGE']);
    const status = await new Promise((resolve, reject) => {
      const headers = { ...as.visitor, 'Content-Type': 'application/json' };
      const request = httpRequest(edge.url, { method: 'POST', headers }, (response) => {
        response.resume();
        // Only once all of it was written: the server must have taken it, refused as it is.
        if (request.writableFinished) resolve(response.statusCode);
        else request.once('finish', () => resolve(response.statusCode));
      });
      request.on('error', reject);
      for (let part = 0; part < 40; part++) request.write('x'.repeat(500_000));
      request.end();
    });
    expect(status).toBe(413);
  });

  test('a large body of nobody is refused all the same', async () => {
    edge = await startEdge();
    const { status } = await edge.post(`{ viewer { kind } } # ${'x'.repeat(20_000_000)}`, { headers: {} });
    expect(status).toBe(401);
  });

  test('a batch is refused', async () => {
    edge = await startEdge();
    const response = await fetch(edge.url, {
      method: 'POST',
      headers: { ...as.visitor, 'Content-Type': 'application/json' },
      body: JSON.stringify([{ query: VIEWER }]),
    });
    expect((await readAnswer(response)).status).toBe(400);
  });

  test.each(['application/graphql-response+json', 'application/json', 'text/event-stream'])(
    'a mutation by GET does nothing, and gets 405 by who accepts %s',
    async (accept) => {
      const submit = vi.fn();
      edge = await startEdge({ requests: { submit } });
      const query =
        'mutation { clientSecretRequest(input: { clientSecretName: "a", url: "b", method: GET }) { request { id } } }';
      const response = await fetch(`${edge.url}?query=${encodeURIComponent(query)}`, {
        headers: { ...as.visitor, Accept: accept },
      });
      const answer = await readAnswer(response);
      expect([answer.status, answer.body.errors[0].extensions.code]).toEqual([405, 'OPERATION_RESOLUTION_FAILURE']);
      expect(response.headers.get('allow')).toBe('POST');
      expect(submit).not.toHaveBeenCalled();
    },
  );
});

describe('the server', () => {
  test('answers with the ID of the request, the client’s where it is sane', async () => {
    edge = await startEdge();
    const given = await edge.post(VIEWER, { headers: { ...as.visitor, 'X-Request-Id': 'abc-123' } });
    const made = await edge.post(VIEWER, { headers: { ...as.visitor, 'X-Request-Id': 'not sane' } });
    expect(given.headers.get('x-request-id')).toBe('abc-123');
    expect(made.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('says how it is, and serves the pages it was given', async () => {
    const page = vi.fn((_request, response) => response.end('page'));
    edge = await startEdge({}, {}, { routes: new Map([['/example', page]]) });
    const get = async (path: string) => (await fetch(edge.origin + path)).status;
    expect(await Promise.all(['/health', '/ready', '/example', '/nothing'].map(get))).toEqual([200, 200, 200, 404]);
    edge.drain();
    expect(await Promise.all(['/health', '/ready', '/graphql'].map(get))).toEqual([200, 503, 503]);
  });

  test('shows GraphiQL, which may fetch nothing from elsewhere', async () => {
    edge = await startEdge();
    const response = await fetch(edge.url, { headers: { Accept: 'text/html' } });
    const html = await response.text();
    expect(html.includes('clientSecretRequest')).toBe(true);
    expect(response.headers.get('content-security-policy')).toMatch(/^default-src 'none'; .*connect-src 'self' /);
  });

  test('shows no GraphiQL where it is off', async () => {
    edge = await startEdge({}, { graphiql: false });
    const response = await fetch(edge.url, { headers: { Accept: 'text/html' } });
    expect(response.status).toBe(401);
  });

  test('hides its schema where introspection is off', async () => {
    edge = await startEdge({}, { ...EDGE_DEFAULTS, introspection: false });
    const introspection = await edge.post('{ __schema { types { name } } }');
    expect(introspection.body.errors[0].extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
    const misspelt = await edge.post('{ viewe { kind } }');
    expect(misspelt.text).not.toContain('viewer');
  });
});
