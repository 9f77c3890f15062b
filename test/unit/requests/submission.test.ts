import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KeyholeError } from '../../../src/errors.ts';
import { parseSubmission, type SubmissionLimits } from '../../../src/requests/submission.ts';

const limits: SubmissionLimits = {
  maxRequestBytes: 1_048_576,
  maxTimeoutMs: 600_000,
  defaultTimeoutMs: 30_000,
  maxExpiresMs: 86_400_000,
  defaultExpiresMs: 900_000,
  maxWaitMs: 60_000,
};

const valid = {
  clientSecretName: 'openai',
  url: 'https://api.test/v1/images',
  method: 'POST',
  headers: { Authorization: 'Bearer $CLIENT_SECRET' },
  data: { prompt: 'An otter', n: 1 },
};

function parse(changes: Record<string, unknown> = {}) {
  return parseSubmission({ ...valid, ...changes }, limits);
}

function refusal(changes: Record<string, unknown>): { code: string; parameter: string | undefined } | null {
  try {
    parse(changes);
    return null;
  } catch (error) {
    if (!(error instanceof KeyholeError)) throw error;
    return { code: error.code, parameter: error.details.parameter };
  }
}

function invalid(parameter: string) {
  return { code: 'INVALID_PARAMETER', parameter };
}

describe('a submission', () => {
  it('is taken as it is, with the defaults for what is left out', () => {
    expect(parse()).toEqual({
      clientSecretName: 'openai',
      url: valid.url,
      method: 'POST',
      headers: valid.headers,
      body: valid.data,
      queue: null,
      idempotencyKey: null,
      expires: 900_000,
      timeout: 30_000,
      wait: 0,
      uses: [
        {
          name: 'CLIENT_SECRET',
          placement: 'HEADERS',
          inPath: false,
          inBase64: false,
          parameter: 'input.headers.Authorization',
        },
      ],
    });
  });

  it('may come without a prototype, as GraphQL gives it', () => {
    expect(parseSubmission(Object.assign(Object.create(null), valid), limits)).toEqual(parse());
  });

  it('counts null as left out', () => {
    const nulls = { params: null, queue: null, expires: null, timeout: null, wait: null, idempotencyKey: null };
    expect(parse(nulls)).toEqual(parse());
    expect(parse({ url: 'https://api.test/$CLIENT_SECRET', headers: null, data: null })).toMatchObject({
      headers: null,
      body: undefined,
    });
  });

  it('keeps headers and body as they were given', () => {
    const data = { z: 1, a: [null, { $CLIENT_SECRET: true }], '': '' };
    expect(JSON.stringify(parse({ data }).body)).toBe(JSON.stringify(data));
  });

  it.each([
    ['expires', 0],
    ['expires', -1],
    ['expires', 86_400_001],
    ['expires', 1.5],
    ['expires', '1000'],
    ['timeout', 0],
    ['timeout', 600_001],
    ['timeout', Number.NaN],
    ['wait', -1],
    ['wait', 60_001],
    ['queue', ''],
    ['queue', 'a\0'],
    ['queue', 'q'.repeat(1001)],
    ['idempotencyKey', ''],
    ['idempotencyKey', 'k'.repeat(256)],
    ['idempotencyKey', '\0'],
    ['clientSecretName', 'a\0b'],
    ['clientSecretName', 7],
    ['method', 'HEAD'],
    ['url', 'https://api.test/\0'],
    ['headers', ['a']],
    ['headers', 'a: b'],
  ])('is refused for %s = %j', (field, value) => {
    expect(refusal({ [field]: value })).toEqual(invalid(`input.${field}`));
  });

  it('takes every limit itself', () => {
    expect(parse({ expires: 86_400_000, timeout: 600_000, wait: 60_000 })).toMatchObject({ wait: 60_000 });
    expect(parse({ expires: 1, timeout: 1, wait: 0 })).toMatchObject({ expires: 1 });
    expect(refusal({ idempotencyKey: '😀'.repeat(255) })).toBeNull();
  });

  it('is refused as a whole when it is no object', () => {
    for (const input of [null, undefined, 'x', 1, []]) {
      expect(() => parseSubmission(input, limits)).toThrow(
        expect.objectContaining({ code: 'INVALID_PARAMETER', details: { parameter: 'input' } }),
      );
    }
  });

  it.each(['GET', 'DELETE'])('takes params and no data with %s', (method) => {
    expect(refusal({ method })).toEqual(invalid('input.data'));
    expect(parse({ method, data: null, params: { q: 1 } }).body).toEqual({ q: 1 });
    expect(refusal({ method, data: undefined, params: ['q'] })).toEqual(invalid('input.params'));
  });

  it.each(['POST', 'PUT', 'PATCH'])('takes data and no params with %s', (method) => {
    expect(refusal({ method, params: {} })).toEqual(invalid('input.params'));
    expect(parse({ method }).body).toEqual(valid.data);
  });

  it('names the place of a NUL, of half a surrogate pair and of what is no JSON', () => {
    expect(refusal({ data: { a: [{ b: 'x\0' }] } })).toEqual(invalid('input.data.a[0].b'));
    expect(refusal({ data: { a: ['ok', '\ud800'] } })).toEqual(invalid('input.data.a[1]'));
    expect(refusal({ data: { a: { 'k\0': 1 } } })).toEqual(invalid('input.data.a'));
    expect(refusal({ data: { n: Number.POSITIVE_INFINITY } })).toEqual(invalid('input.data.n'));
    expect(refusal({ data: { d: new Date(0) } })).toEqual(invalid('input.data.d'));
    expect(refusal({ data: [undefined] })).toEqual(invalid('input.data[0]'));
    expect(refusal({ headers: { 'X-A': 'a\0$CLIENT_SECRET' } })).toEqual(invalid('input.headers.X-A'));
  });

  it('may be 100 levels deep and no deeper, however deep', () => {
    const nested = (levels: number) => {
      let value: unknown = 'x';
      for (let level = 0; level < levels; level++) value = [value];
      return value;
    };
    expect(refusal({ data: nested(100) })).toBeNull();
    expect(refusal({ data: nested(101) })).toEqual(invalid('input.data'));
    expect(refusal({ data: nested(200_000) })).toEqual(invalid('input.data'));
  });

  it('may have as many bytes as the limit, counted as UTF-8 of the JSON', () => {
    const small = { ...limits, maxRequestBytes: 300 };
    const used = valid.url.length + JSON.stringify(valid.headers).length + '""'.length;
    const room = 300 - used;
    const at = (data: string) => parseSubmission({ ...valid, data }, small).body;
    expect(at('x'.repeat(room))).toHaveLength(room);
    for (const data of ['x'.repeat(room + 1), 'é'.repeat(room / 2 + 1)]) {
      expect(() => at(data)).toThrow(expect.objectContaining({ details: { parameter: 'input' } }));
    }
    expect(refusal({ url: `https://api.test/${'x'.repeat(1_048_576)}` })).toEqual(invalid('input'));
  });
});

describe('a submission that would grow when it is encoded', () => {
  const grown = { ['k'.repeat(100_000)]: Array(100_000).fill(1) };

  it('is refused as params and as a form, not as JSON', () => {
    const form = { ...valid.headers, 'Content-Type': 'application/x-www-form-urlencoded' };
    expect(refusal({ method: 'GET', data: null, params: grown })).toEqual(invalid('input.params'));
    expect(refusal({ headers: form, data: grown })).toEqual(invalid('input.data'));
    expect(refusal({ data: grown })).toBeNull();
    expect(refusal({ headers: form, data: { list: Array(100_000).fill(1) } })).toBeNull();
  });
});

describe('placeholders in a submission', () => {
  it('must have $CLIENT_SECRET among them, and not only in a key', () => {
    expect(refusal({ headers: null })).toEqual(invalid('input'));
    expect(refusal({ headers: { 'X-A': '$CLIENT_ID' } })).toEqual(invalid('input'));
    expect(refusal({ headers: null, data: { $CLIENT_SECRET: 1 } })).toEqual(invalid('input'));
    expect(refusal({ headers: null, data: '$CLIENT_SECRETS' })).toEqual(invalid('input'));
    expect(refusal({ headers: null, data: [[{ a: '$BASE64(x$CLIENT_SECRET)' }]] })).toBeNull();
    expect(refusal({ headers: null, url: 'https://api.test/?k=$CLIENT_SECRET' })).toBeNull();
  });

  it('are named with each placement and the place of its first use', () => {
    const submission = parse({
      url: 'https://api.test/$CLIENT_SECRET',
      headers: { 'X-Id': '$CLIENT_ID', Authorization: '$CLIENT_SECRET' },
      data: { list: [1, { token: 'a $CLIENT_SECRET' }, '$CLIENT_SECRET'] },
    });
    expect(submission.uses.map(({ name, placement, parameter }) => [name, placement, parameter])).toEqual([
      ['CLIENT_SECRET', 'URL', 'input.url'],
      ['CLIENT_ID', 'HEADERS', 'input.headers.X-Id'],
      ['CLIENT_SECRET', 'HEADERS', 'input.headers.Authorization'],
      ['CLIENT_SECRET', 'DATA', 'input.data.list[1].token'],
    ]);
    const get = parse({ method: 'GET', data: null, headers: null, params: { key: '$CLIENT_SECRET' } });
    expect(get.uses).toMatchObject([{ placement: 'PARAMS', parameter: 'input.params.key' }]);
  });

  it('are refused where $BASE64 has none in it, at its place', () => {
    expect(refusal({ headers: { Authorization: '$CLIENT_SECRET $BASE64(abc)' } })).toEqual(
      invalid('input.headers.Authorization'),
    );
    expect(refusal({ data: { a: ['$BASE64(abc)'] } })).toEqual(invalid('input.data.a[0]'));
    expect(refusal({ url: 'https://api.test/?k=$BASE64(abc)' })).toEqual(invalid('input.url'));
  });

  it('are refused above 1,000', () => {
    expect(refusal({ data: Array(999).fill('$CLIENT_SECRET') })).toBeNull();
    expect(refusal({ data: '$CLIENT_ID'.repeat(1000) })).toEqual(invalid('input'));
  });
});

describe('any input at all', () => {
  it('is taken or refused with INVALID_PARAMETER somewhere in the input', () => {
    const anything = fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true, withMap: true });
    const input = fc.record(
      {
        clientSecretName: fc.oneof(fc.string(), anything),
        url: fc.oneof(fc.webUrl(), anything),
        method: fc.constantFrom('GET', 'POST'),
        headers: fc.oneof(fc.dictionary(fc.string(), anything), anything),
        data: anything,
        params: anything,
        queue: anything,
        expires: anything,
        timeout: anything,
        idempotencyKey: anything,
        wait: anything,
      },
      { requiredKeys: ['method'] },
    );
    fc.assert(
      fc.property(input, (value) => {
        try {
          parseSubmission(value, limits);
        } catch (error) {
          expect(error).toBeInstanceOf(KeyholeError);
          expect(error).toMatchObject({ details: { parameter: expect.stringMatching(/^input/) } });
        }
      }),
      { numRuns: 500 },
    );
  });

  it('never adds to the prototype of objects', () => {
    const data: unknown = JSON.parse('{"__proto__":{"polluted":"$CLIENT_SECRET"},"constructor":{"prototype":{"a":1}}}');
    expect(parse({ data }).body).toBe(data);
    expect(parse({ data, headers: null }).uses[0]?.parameter).toBe('input.data.__proto__.polluted');
    expect('polluted' in {}).toBe(false);
  });
});
