import { beforeAll, describe, expect, it } from 'vitest';
import { type Asker, startAsker } from '../../support/requests.ts';
import { REQUEST_FIELDS, SUBMIT } from '../../support/secrets.ts';
import { shareServer } from '../../support/shared.ts';

const shared = shareServer();
let asker: Asker;
beforeAll(async () => {
  asker = await startAsker(shared);
});

describe('a submission', () => {
  it('with a parameter out of its range is refused by the name of the parameter', async () => {
    const faults: [object, string][] = [
      [{ expires: 0 }, 'input.expires'],
      [{ expires: -1 }, 'input.expires'],
      [{ expires: 86_400_001 }, 'input.expires'],
      [{ timeout: 0 }, 'input.timeout'],
      [{ timeout: -5 }, 'input.timeout'],
      [{ timeout: 600_001 }, 'input.timeout'],
      [{ wait: -1 }, 'input.wait'],
      [{ wait: 60_001 }, 'input.wait'],
      [{ queue: '' }, 'input.queue'],
      [{ idempotencyKey: '' }, 'input.idempotencyKey'],
      [{ idempotencyKey: 'x'.repeat(256) }, 'input.idempotencyKey'],
      [{ queue: 'a\u0000b' }, 'input.queue'],
      [{ idempotencyKey: 'a\u0000' }, 'input.idempotencyKey'],
      [{ clientSecretName: 'a\u0000' }, 'input.clientSecretName'],
      [{ url: `${shared.thirdParty.origin}/\u0000` }, 'input.url'],
      [{ data: { token: 'a\u0000b' } }, 'input.data.token'],
      [{ data: [1, { 'b c': ['\u0000'] }] }, 'input.data[1].b c[0]'],
      [{ data: { 'a\u0000': 1 } }, 'input.data'],
      [{ headers: { 'X-A': 'a\u0000', k: '$CLIENT_SECRET' } }, 'input.headers.X-A'],
      [{ method: 'GET', params: { q: '\u0000' } }, 'input.params.q'],
    ];
    const before = shared.thirdParty.requests.length;
    for (const [fault, parameter] of faults) {
      expect(await asker.refusal(fault), JSON.stringify(fault)).toBe(`INVALID_PARAMETER ${parameter}`);
    }
    const { data } = await shared.server.post<{ clientSecretRequestHistory: { nodes: unknown[] } }>(
      asker.headers,
      '{ clientSecretRequestHistory { nodes { id } } }',
    );
    expect(data.clientSecretRequestHistory.nodes).toEqual([]);
    expect(shared.thirdParty.requests).toHaveLength(before);
  });

  it('at the ends of the ranges is taken', async () => {
    for (const input of [
      { expires: 86_400_000, timeout: 600_000, wait: 0 },
      { timeout: 1, expires: 1 },
      { queue: 'q', idempotencyKey: 'ü'.repeat(255) },
      { expires: null, timeout: null, wait: null, queue: null, idempotencyKey: null },
    ]) {
      expect(await asker.refusal(input)).toBe('none');
    }
  });

  it('has 1 MiB of url, headers, data and params together', async () => {
    expect(await asker.refusal({ data: 'x'.repeat(1_048_576 - 1_000) })).toBe('none');
    expect(await asker.refusal({ data: 'x'.repeat(1_048_576) })).toBe('INVALID_PARAMETER input');
    const half = 'x'.repeat(600_000);
    expect(await asker.refusal({ data: half, headers: { a: '$CLIENT_SECRET', b: half } })).toBe(
      'INVALID_PARAMETER input',
    );
  });

  it('of a client secret that is not there is NOT_FOUND', async () => {
    expect(await asker.refusal({ clientSecretName: 'nothing' })).toBe('NOT_FOUND');
    expect(await asker.refusal({ clientSecretName: '' })).toBe('NOT_FOUND');
  });

  it('that is checked needs a caller first', async () => {
    const { status, errors } = await shared.server.post({ 'x-client-id': 'nobody' }, SUBMIT, { input: { expires: 0 } });
    expect([status, errors[0]?.extensions.code]).toEqual([401, 'UNAUTHENTICATED']);
  });

  it('expires in 15 minutes unless told', async () => {
    const { createdAt, expiresAt } = await asker.submit();
    expect(Date.parse(expiresAt) - Date.parse(createdAt)).toBe(900_000);
  });
});

describe('an HTTP request', () => {
  it('with a body above 2 MiB is 413', async () => {
    const { status, errors } = await shared.server.post(asker.headers, '{ viewer { kind } }', {
      x: 'x'.repeat(2_097_152),
    });
    expect([status, errors[0]?.extensions.code]).toEqual([413, 'PAYLOAD_TOO_LARGE']);
  });

  async function refusalOf(query: string, accept = 'application/json') {
    const { status, errors, text } = await shared.server.post({ ...asker.headers, accept }, query);
    expect(JSON.parse(text).data).toBeUndefined();
    return [status, errors[0]?.extensions.code];
  }

  it('that GraphQL refuses has a code, and 400 for application/graphql-response+json', async () => {
    const cases: [string, string][] = [
      ['{ viewer', 'GRAPHQL_PARSE_FAILED'],
      ['', 'GRAPHQL_PARSE_FAILED'],
      ['{ nothing }', 'GRAPHQL_VALIDATION_FAILED'],
      ['{ viewer }', 'GRAPHQL_VALIDATION_FAILED'],
      ['query A { viewer { kind } } query B { viewer { kind } }', 'OPERATION_RESOLUTION_FAILURE'],
      ['fragment F on Viewer { kind }', 'GRAPHQL_VALIDATION_FAILED'],
      ['query ($id: ID!) { node(id: $id) { id } }', 'BAD_USER_INPUT'],
      [`{ ${Array.from({ length: 21 }, (_, index) => `a${index}: viewer { kind }`).join(' ')} }`, 'QUERY_TOO_COMPLEX'],
      [`{ viewer { kind ${'@include(if: true) '.repeat(21)} } }`, 'QUERY_TOO_COMPLEX'],
    ];
    for (const [query, code] of cases) {
      expect(await refusalOf(query, 'application/graphql-response+json'), query).toEqual([400, code]);
      expect((await refusalOf(query))[1]).toBe(code);
    }
  });

  it('may have 20 aliases and 2,000 tokens, and 12 levels', async () => {
    const ok = async (query: string) =>
      (await shared.server.post(asker.headers, query)).errors[0]?.extensions.code ?? 'ok';
    const aliases = (count: number) =>
      `{ ${Array.from({ length: count }, (_, index) => `a${index}: viewer { kind }`).join(' ')} }`;
    // No field of the schema leads that deep: what is counted is what is asked for.
    const levels = (count: number) => `${'{ a '.repeat(count)}${'}'.repeat(count)}`;
    expect(await ok(levels(12))).toBe('GRAPHQL_VALIDATION_FAILED');
    expect(await ok(levels(13))).toBe('QUERY_TOO_COMPLEX');
    expect(await ok(aliases(20))).toBe('ok');
    expect(await ok(aliases(21))).toBe('QUERY_TOO_COMPLEX');
    const spread = (count: number) => `{ viewer { kind groups } ${'# a comment is none\n,'.repeat(count)} }`;
    expect(await ok(spread(2_100))).toBe('ok');
    const { errors } = await shared.server.post(asker.headers, `{ viewer { ${'kind '.repeat(2_001)} } }`);
    expect(errors[0]).toMatchObject({
      message: expect.stringContaining('tokens'),
      extensions: { code: 'QUERY_TOO_COMPLEX' },
    });
  });

  it('cannot be several', async () => {
    const response = await fetch(shared.server.url, {
      method: 'POST',
      headers: { ...asker.headers, 'content-type': 'application/json' },
      body: JSON.stringify([{ query: '{ viewer { kind } }' }, { query: '{ viewer { kind } }' }]),
    });
    expect(response.status).toBe(400);
  });

  it('may ask for the whole schema, as GraphiQL does', async () => {
    const { getIntrospectionQuery } = await import('graphql');
    const { data } = await shared.server.post(asker.headers, getIntrospectionQuery());
    expect(data).toHaveProperty('__schema');
  });

  it('may be a GET', async () => {
    const query = new URLSearchParams({
      query: 'query ($id: ID!) { clientSecretRequest(id: $id) { id } }',
      variables: JSON.stringify({ id: 'x' }),
    });
    const response = await fetch(`${shared.server.url}?${query}`, { headers: asker.headers });
    expect([response.status, await response.json()]).toEqual([200, { data: { clientSecretRequest: null } }]);
  });

  it('of another method or type is refused with its status', async () => {
    const put = await fetch(shared.server.url, { method: 'PUT', headers: asker.headers, body: '{}' });
    expect(put.status).toBe(405);
    const json = { ...asker.headers, 'content-type': 'application/json' };
    for (const body of ['', 'x', '5', '{}', '{"query":5}', '{"query":"{ viewer { kind } }","variables":[]}']) {
      const response = await fetch(shared.server.url, { method: 'POST', headers: json, body });
      expect(response.status, body).toBe(400);
      expect((await response.json()).errors[0].extensions.code).toBe('BAD_USER_INPUT');
    }
  });

  it('never repeats a bad value in its error', async () => {
    const query = `mutation ($input: ClientSecretRequestInput!) { clientSecretRequest(input: $input) { request { ...R } } } ${REQUEST_FIELDS}`;
    for (const input of [
      { ...asker.input, timeout: 'very-secret' },
      { ...asker.input, headers: 'very-secret' },
      { ...asker.input, 'very-secret': 1 },
    ]) {
      const { text, errors } = await shared.server.post(asker.headers, query, { input });
      expect(errors[0]?.extensions.code).toMatch(/^(BAD_USER_INPUT|INVALID_PARAMETER)$/);
      expect(text.replace('Field \\"very-secret\\"', '')).not.toContain('very-secret');
    }
  });
});

describe('requestsPerMinute', () => {
  it('counts each clientSecretRequest field of each caller', async () => {
    const limited = await startAsker(shared);
    await shared.server.post(
      shared.server.asOperator,
      'mutation ($input: UpdateApplicationInput!) { updateApplication(input: $input) { application { id } } }',
      {
        input: { id: limited.app.id, requestsPerMinute: 3 },
      },
    );
    const twice = `mutation ($input: ClientSecretRequestInput!) {
      a: clientSecretRequest(input: $input) { request { id } } b: clientSecretRequest(input: $input) { request { id } }
    }`;
    const first = await shared.server.post(limited.headers, twice, { input: limited.input });
    expect(first.errors).toEqual([]);
    const second = await shared.server.post(limited.headers, twice, { input: limited.input });
    expect(second.errors).toHaveLength(1);
    expect(second.errors[0]).toMatchObject({
      path: ['b'],
      extensions: { code: 'RATE_LIMITED', retryAfterMs: expect.any(Number) },
    });
    expect(second.errors[0]?.extensions.retryAfterMs).toBeGreaterThan(0);
    expect(await limited.as(limited.app.asVisitor('another-visitor-0001')).refusal({})).toBe('none');
    expect(await limited.as(limited.app.asApplication).refusal({})).toBe('none');
    expect(await limited.refusal({})).toBe('RATE_LIMITED');
  });
});
