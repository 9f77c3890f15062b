import { getIntrospectionQuery, getVariableValues, Kind, parse } from 'graphql';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { encodeGlobalId } from '../../../src/graphql/global-id.ts';
import { complexityOf } from '../../../src/graphql/operation-complexity.ts';
import { measureOperations } from '../../../src/graphql/operation-size.ts';
import { schema } from '../../../src/graphql/schema.ts';
import { newId } from '../../../src/ids.ts';
import { as, type FakeEdge, type FakeServices, requestRecord, startEdge } from './fake-edge.ts';

describe('the size of an operation', () => {
  test('counts fragments wherever they are spread', () => {
    const document = parse(`
      query @a { one: viewer { ...F } two: viewer @b { ...F } }
      fragment F on Viewer { k: kind @c application { ...G } }
      fragment G on Application { n: name }
    `);
    expect(measureOperations(document)).toEqual({ depth: 3, introspectionDepth: 0, aliases: 6, directives: 4 });
  });

  test('is found in no time where fragments spread each other many times over, or themselves', () => {
    const fragments = Array.from(
      { length: 60 },
      (_, n) => `fragment F${n} on Viewer { a${n}: kind ...F${n + 1} ...F${n + 1} }`,
    );
    const bomb = parse(`{ viewer { ...F0 } } ${fragments.join(' ')} fragment F60 on Viewer { kind }`);
    expect(measureOperations(bomb).aliases).toBeGreaterThan(2 ** 59);
    const circle = parse('{ viewer { ...A } } fragment A on Viewer { ...B } fragment B on Viewer { kind ...A }');
    expect(measureOperations(circle).depth).toBe(2);
  });

  test.each([
    ['{ clientSecrets(first: 10) { nodes { id name } } }', 1 + 10 * 3],
    ['{ clientSecrets { nodes { id name } } }', 1 + 25 * 3],
    ['query ($n: Int) { clientSecrets(last: $n) { nodes { id name } } }', 1 + 100 * 3],
    ['query ($i: [ID!]!) { nodes(ids: $i) { id ... on ClientSecret { name } } }', 1 + 100 * 2],
    ['{ nodes(ids: ["a", "b"]) { ...N } } fragment N on Node { id }', 1 + 2],
  ])('%s may resolve %d fields', (query, fields) => {
    expect(complexityOf(schema, parse(query))).toBe(fields);
  });

  const FIRST = 'query ($n: Int) { clientSecrets(first: $n) { nodes { id } } }';
  const EITHER = 'query ($n: Int = 7, $m: Int) { clientSecrets(first: $n, last: $m) { nodes { id } } }';
  const IDS = 'query ($i: [ID!]!) { nodes(ids: $i) { id } }';
  test.each<[string, Record<string, unknown>, number]>([
    [FIRST, { n: 10 }, 1 + 10 * 2],
    [FIRST, { n: 1_000 }, 1 + 100 * 2],
    [FIRST, { n: -1 }, 1 + 1 * 2],
    [FIRST, {}, 1 + 25 * 2],
    [FIRST, { n: null }, 1 + 25 * 2],
    [EITHER, {}, 1 + 7 * 2],
    [EITHER, { n: null, m: 50 }, 1 + 50 * 2],
    ['query ($m: Int) { clientSecrets(first: null, last: $m) { nodes { id } } }', { m: 50 }, 1 + 50 * 2],
    ['{ clientSecrets(first: null, last: 50) { nodes { id } } }', {}, 1 + 50 * 2],
    [IDS, { i: ['a', 'b', 'c'] }, 1 + 3],
    [IDS, { i: 'a' }, 1 + 1],
    ['query A { clientSecrets(first: 100) { nodes { id } } } query B { viewer { kind } }', {}, 1 + 100 * 2],
    [`${IDS} query B { clientSecrets(first: 100) { nodes { id } } }`, { i: [] }, 1 + 1],
  ])('%s with %o may resolve %d fields', (query, values, fields) => {
    const document = parse(query);
    const [operation] = document.definitions;
    if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error('Give the operation first');
    const { coerced: variables } = getVariableValues(schema, operation.variableDefinitions ?? [], values);
    expect(complexityOf(schema, document, { operation, variables })).toBe(fields);
  });
});

describe('a limit', () => {
  let edge: FakeEdge;
  beforeAll(async () => {
    edge = await startEdge();
  });
  afterAll(() => edge.close());

  const nested = (depth: number) => `${'{ a '.repeat(depth)}${'}'.repeat(depth)}`;
  const aliases = (count: number) => `{ ${Array.from({ length: count }, (_, n) => `a${n}: __typename`).join(' ')} }`;
  const directives = (count: number) => `{ __typename ${'@include(if: true) '.repeat(count)} }`;
  const FIELDS = 'id url method status queue statusCode createdAt startedAt updatedAt expiresAt';

  test.each([
    ['depth', nested(13)],
    ['aliases', aliases(21)],
    ['directives', directives(21)],
    ['tokens', `{ ${'__typename '.repeat(1_999)} }`],
    ['aliases that are repeated', `{ ${'a: __typename '.repeat(21)} }`],
    ['fields that are compared with each other', `{ viewer { ${'application { id } '.repeat(495)} } }`],
    ['depth of introspection', '{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }'],
    [
      'complexity',
      `{ ${Array.from({ length: 10 }, (_, n) => `h${n}: clientSecretRequestHistory(first: 100) { nodes { ${FIELDS} } }`).join(' ')} }`,
    ],
  ])('on %s is kept', async (_name, query) => {
    const { body } = await edge.post(query);
    expect(body.errors.map((error: { extensions: unknown }) => error.extensions)).toEqual([
      { code: 'QUERY_TOO_COMPLEX' },
    ]);
    expect(body.errors[0].message).toMatch(/^The (operation|document) /);
  });

  test('on the number of mistakes that are told makes no other of them', async () => {
    const { body } = await edge.post(`{ viewer { ${Array.from({ length: 30 }, (_, n) => `nothing${n}`).join(' ')} } }`);
    const codes = body.errors.map((error: { extensions: { code: string } }) => error.extensions.code);
    expect(codes).toEqual(Array(21).fill('GRAPHQL_VALIDATION_FAILED'));
    expect(body.errors.at(-1).message).toMatch(/^Too many validation errors/);
  });

  test('is no hindrance to what stays within it, nor to GraphiQL', async () => {
    expect((await edge.post(aliases(20))).body.errors).toBeUndefined();
    expect((await edge.post(`{ ${'__typename '.repeat(1_998)} }`)).body).toEqual({ data: { __typename: 'Query' } });
    const introspection = getIntrospectionQuery({ inputValueDeprecation: true, schemaDescription: true });
    expect((await edge.post(introspection, { headers: as.visitor })).body.errors).toBeUndefined();
  });
});

describe('the text of responses', () => {
  const large = { statusCode: 200, headers: {}, kind: 'text' as const, body: 'x'.repeat(9 * 1024 * 1024) };
  const ids = Array.from({ length: 12 }, () => encodeGlobalId('ClientSecretRequest', newId()));

  async function start(requests: NonNullable<FakeServices['requests']>): Promise<FakeEdge> {
    const edge = await startEdge({ requests });
    onTestFinished(() => edge.close());
    return edge;
  }

  test('that one operation may ask for is bounded', async () => {
    const find = async (_caller: unknown, id: string) => requestRecord({ id, status: 'RESOLVED', response: large });
    const edge = await start({ find });
    const ask = async (count: number) => {
      const variables = { ids: ids.slice(0, count) };
      return (await edge.post('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { variables })).body;
    };
    const { data, errors } = await ask(8);
    expect([data, errors[0].extensions.code]).toEqual([null, 'QUERY_TOO_COMPLEX']);
    // The next operation begins anew.
    expect((await ask(7)).data.nodes).toHaveLength(7);
  });

  test('counts in pages of the history too', async () => {
    const edges = Array.from({ length: 2 }, () => {
      const node = requestRecord({ status: 'RESOLVED', response: large });
      return { cursor: node.id, node };
    });
    const history = async () => ({ edges, hasNextPage: false, hasPreviousPage: false });
    const edge = await start({ history });
    const pages = (count: number) =>
      Array.from({ length: count }, (_, n) => `p${n}: clientSecretRequestHistory(first: 2) { nodes { id } }`).join(' ');
    expect((await edge.post(`{ ${pages(3)} }`)).body.errors).toBeUndefined();
    const { body } = await edge.post(`{ ${pages(4)} }`);
    expect([body.data, body.errors[0].extensions.code]).toEqual([null, 'QUERY_TOO_COMPLEX']);
  });
});
