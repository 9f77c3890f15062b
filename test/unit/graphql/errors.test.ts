import { afterEach, describe, expect, test, vi } from 'vitest';
import { KeyholeError } from '../../../src/errors.ts';
import { as, type FakeEdge, startEdge } from './fake-edge.ts';

let edge: FakeEdge;
afterEach(() => edge.close());

const CANARY = 'sk-canary-0123456789';
const VALUE = JSON.stringify(CANARY);
const FIND = '{ clientSecret(name: "a") { id } }';

describe('an unexpected error', () => {
  test.each(['production', 'development', 'test'])(
    'leaves nothing but an ID to the client in NODE_ENV=%s',
    async (env) => {
      vi.stubEnv('NODE_ENV', env);
      const findByName = async () => {
        throw new Error(`password authentication failed ${CANARY}`);
      };
      edge = await startEdge({ secrets: { findByName } });
      const { status, text, body } = await edge.post(FIND);
      vi.unstubAllEnvs();
      expect(status).toBe(200);
      expect(text).not.toContain('password');
      const { code, errorId } = body.errors[0].extensions;
      expect(code).toBe('INTERNAL');
      expect(body.errors[0].message).toContain(errorId);
      expect(edge.reported).toEqual([
        { errorId, error: expect.objectContaining({ message: expect.stringContaining(CANARY) }) },
      ]);
    },
  );

  test('is told apart where the database is away', async () => {
    const findByName = async () => {
      throw Object.assign(new Error('connect ECONNREFUSED 10.0.0.1:5432'), { code: 'ECONNREFUSED' });
    };
    edge = await startEdge({ secrets: { findByName } });
    const { text, body } = await edge.post(FIND);
    expect(body.errors[0]).toMatchObject({
      message: 'The database is unavailable. Try again.',
      extensions: { code: 'INTERNAL' },
    });
    expect(text).not.toContain('10.0.0.1');
  });

  test('before anything was done is 503 where the database is away, 500 otherwise', async () => {
    const thrown = [Object.assign(new Error('x'), { code: '57P01' }), new Error('x')];
    const statuses = [];
    for (const error of thrown) {
      edge = await startEdge({ applications: { authenticate: async () => Promise.reject(error) } });
      statuses.push((await edge.post(FIND)).status);
      await edge.close();
    }
    expect(statuses).toEqual([503, 500]);
  });
});

describe('an error that is meant for the client', () => {
  test('comes with its code, its parameter and its place', async () => {
    const findByName = async () => {
      throw new KeyholeError('INVALID_PARAMETER', 'name is too long', { parameter: 'name' });
    };
    edge = await startEdge({ secrets: { findByName } });
    const { status, body } = await edge.post(FIND);
    expect(status).toBe(200);
    expect(body).toEqual({
      data: { clientSecret: null },
      errors: [
        {
          message: 'name is too long',
          path: ['clientSecret'],
          locations: [{ line: 1, column: 3 }],
          extensions: { code: 'INVALID_PARAMETER', parameter: 'name' },
        },
      ],
    });
  });
});

describe("GraphQL's own errors", () => {
  const CREATE =
    'mutation Create($input: CreateClientSecretInput!) { createClientSecret(input: $input) { clientSecret { id } } }';
  const good = { name: 'a', clientSecret: CANARY, allowedUrls: ['https://a.test'] };

  test.each([
    [
      'GRAPHQL_PARSE_FAILED',
      `mutation { createClientSecret(input: { clientSecret ${VALUE} }) { clientSecret { id } } }`,
    ],
    [
      'GRAPHQL_PARSE_FAILED',
      `mutation { createClientSecret(input: { clientSecret: "${CANARY} }) { clientSecret { id } } }`,
    ],
    ['GRAPHQL_PARSE_FAILED', `{ clientSecret(name: """${CANARY}""" """${CANARY}""" }`],
    ['GRAPHQL_VALIDATION_FAILED', `{ clientSecrets(first: ${VALUE}) { totalCount } }`],
    ['GRAPHQL_VALIDATION_FAILED', `{ clientSecret(name: [${VALUE}]) { id } }`],
    ['GRAPHQL_VALIDATION_FAILED', `{ clientSecret(name: { value: ${VALUE} }) { id } }`],
    ['GRAPHQL_VALIDATION_FAILED', `mutation { createClientSecret(input: ${VALUE}) { clientSecret { id } } }`],
    [
      'GRAPHQL_VALIDATION_FAILED',
      `mutation { clientSecretRequest(input: { clientSecretName: "a", url: "b", method: ${VALUE} }) { request { id } } }`,
    ],
    [
      'GRAPHQL_VALIDATION_FAILED',
      `mutation { clientSecretRequest(input: { clientSecretName: "a", url: "b", method: GET, headers: ${VALUE} }) { request { id } } }`,
    ],
    ['OPERATION_RESOLUTION_FAILURE', 'query A { viewer { kind } } query B { viewer { kind } }'],
  ])('%s quotes no value: %s', async (code, query) => {
    edge = await startEdge();
    const { status, text, body } = await edge.post(query, {
      headers: { ...as.application, Accept: 'application/graphql-response+json' },
    });
    expect(status).toBe(400);
    expect(body.errors.map((error: { extensions: unknown }) => error.extensions)).toContainEqual({ code });
    expect(text).not.toContain('canary');
  });

  test.each([
    [{ ...good, clientSecret: [CANARY] }, 'expected a value of type "String!" at "input.clientSecret"'],
    [
      { ...good, allowedUrls: [1, { [CANARY]: CANARY }] },
      'expected a value of type "String!" at "input.allowedUrls[1]"',
    ],
    [{ ...good, allowedMethods: [CANARY] }, 'expected a value of type "HttpMethod!" at "input.allowedMethods[0]"'],
    [{ ...good, name: null }, 'expected a value of type "String!" at "input.name"'],
    [
      { clientSecret: CANARY, name: 'a' },
      'Field "allowedUrls" of required type "[String!]!" was not provided at "input"',
    ],
    [{ ...good, nmae: CANARY }, 'Field "nmae" is not defined by type "CreateClientSecretInput" at "input"'],
    [CANARY, 'expected a value of type "CreateClientSecretInput!" at "input"'],
    [null, 'a value of type "CreateClientSecretInput!" is required at "input"'],
    [undefined, 'a value of type "CreateClientSecretInput!" is required at "input"'],
  ])('BAD_USER_INPUT names the place and the type, and quotes no value: %o', async (input, message) => {
    edge = await startEdge();
    const { text, body } = await edge.post(CREATE, { variables: { input } });
    expect(body.errors.map((error: { message: string }) => error.message)).toContain(`Variable "$input": ${message}.`);
    expect(body.errors[0].extensions).toEqual({ code: 'BAD_USER_INPUT' });
    expect(text).not.toContain('canary');
  });

  test('a null where a default stood is the client’s fault, not the server’s', async () => {
    edge = await startEdge();
    const query = 'query Find($name: String = "a") { clientSecret(name: $name) { id } }';
    const { body } = await edge.post(query, { variables: { name: null } });
    expect(body.errors[0].extensions).toEqual({ code: 'BAD_USER_INPUT' });
    expect(edge.reported).toEqual([]);
  });
});
