import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson } from '../../../src/ordered-json.ts';
import type { PlaceholderHost } from '../../../src/requests/placeholder-uses.ts';
import { buildOutbound } from '../../../src/upstream/outbound.ts';

const values = { clientSecret: 'k/+ "&=é', clientId: 'me' };

function build(changes: Partial<PlaceholderHost>, used = values) {
  const request = { url: 'https://api.test/v1', method: 'POST', headers: null, body: undefined, ...changes } as const;
  return buildOutbound(request, used, 'Keyhole/1');
}

function get(url: string, params?: object): string {
  return build({ method: 'GET', url, body: params }).url;
}

describe('the headers that are sent', () => {
  it('are those submitted, with the values in them, and the defaults', () => {
    const sent = build({ headers: { Authorization: 'Basic $BASE64($CLIENT_ID:$CLIENT_SECRET)', 'X-N': 3 }, body: {} });
    expect(Object.fromEntries(sent.headers)).toEqual({
      Authorization: `Basic ${Buffer.from('me:k/+ "&=é').toString('base64')}`,
      'X-N': '3',
      'user-agent': 'Keyhole/1',
      'accept-encoding': expect.stringMatching(/^gzip, deflate, br(, zstd)?$/),
      'content-type': 'application/json',
    });
  });

  it('keep a User-Agent, an Accept-Encoding and a Content-Type of their own', () => {
    const own = { 'USER-AGENT': 'me', 'Accept-Encoding': 'gzip', 'Content-Type': 'application/json; charset=utf-8' };
    expect(Object.fromEntries(build({ headers: own, body: {} }).headers)).toEqual(own);
  });

  it('have no Content-Type where there is no body', () => {
    expect(build({}).headers.has('content-type')).toBe(false);
    expect(build({ method: 'GET', body: { a: 1 } }).headers.has('content-type')).toBe(false);
    expect(build({}).body).toBeNull();
  });

  it('keep a header of any name, and their order', () => {
    const headers = parseJson('{"__proto__":"$CLIENT_ID","2":"b","constructor":"c","1":"d"}') as Record<string, string>;
    expect([...build({ headers }).headers].slice(0, 4)).toEqual([
      ['__proto__', 'me'],
      ['2', 'b'],
      ['constructor', 'c'],
      ['1', 'd'],
    ]);
  });

  it('cannot be made of a value that they cannot carry', () => {
    for (const clientSecret of ['a\r\nX: 1', 'é', '\0']) {
      expect(() => build({ headers: { 'X-A': '$CLIENT_SECRET' } }, { ...values, clientSecret })).toThrow(
        expect.objectContaining({
          code: 'INVALID_PARAMETER',
          message: expect.not.stringContaining(clientSecret),
          details: { parameter: 'input.headers.X-A' },
        }),
      );
    }
  });
});

describe('the URL that is sent', () => {
  it('has the values percent-encoded and the rest as submitted', () => {
    expect(get('https://api.test/é/$CLIENT_ID?a=b+c&k=$CLIENT_SECRET&$CLIENT_ID')).toBe(
      'https://api.test/é/me?a=b+c&k=k%2F%2B%20%22%26%3D%C3%A9&me',
    );
    expect(get('https://api.test/?k=$BASE64($CLIENT_SECRET)')).toBe('https://api.test/?k=ay8rICImPcOp');
  });

  it('is refused when a value breaks its path, alone or with what stands around it', () => {
    const broken: [string, string][] = [
      ['/$CLIENT_SECRET', 'a/b'],
      ['/$CLIENT_SECRET', '..'],
      ['/.$CLIENT_SECRET', '.'],
      ['/$CLIENT_SECRET', '%2e%2e'],
      ['/$CLIENT_SECRET%66', '%2'],
      ['/%25$CLIENT_SECRET', '2f'],
    ];
    for (const [path, clientSecret] of broken) {
      expect(() => build({ url: `https://api.test${path}` }, { ...values, clientSecret })).toThrow(
        expect.objectContaining({ code: 'INVALID_PARAMETER', details: { parameter: 'input.url' } }),
      );
    }
  });

  it('keeps its origin, its path and its count of parameters with any value', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (clientSecret) => {
        const url = build({ url: 'https://api.test/v1?k=$CLIENT_SECRET&z=1' }, { ...values, clientSecret }).url;
        const parsed = new URL(url);
        expect(`${parsed.origin}${parsed.pathname}${parsed.hash}`).toBe('https://api.test/v1');
        expect([...parsed.searchParams]).toEqual([
          ['k', clientSecret.replace(/[\ud800-\udfff]/gu, '\ufffd')],
          ['z', '1'],
        ]);
      }),
    );
  });

  it.each([
    ['https://api.test', { a: 1 }, 'https://api.test?a=1'],
    ['https://api.test/?own=1', { b: 'x y', a: true }, 'https://api.test/?own=1&b=x%20y&a=true'],
    ['https://api.test/?', { a: 1 }, 'https://api.test/?a=1'],
    ['https://api.test/?own&', { a: '' }, 'https://api.test/?own&a='],
    ['https://api.test/', {}, 'https://api.test/'],
    ['https://api.test/', { tag: ['a', 'b', null], none: null, empty: [] }, 'https://api.test/?tag=a&tag=b'],
    ['https://api.test/', { f: { a: { b: 1 }, c: ['x', 'y'] } }, 'https://api.test/?f[a][b]=1&f[c]=x&f[c]=y'],
    ['https://api.test/', { 'a b&': "it's (1+1)*~!" }, 'https://api.test/?a%20b%26=it%27s%20%281%2B1%29%2A~%21'],
    ['https://api.test/', { k: ['$CLIENT_SECRET'] }, 'https://api.test/?k=k%2F%2B%20%22%26%3D%C3%A9'],
    ['https://api.test/', { $CLIENT_SECRET: 1 }, 'https://api.test/?%24CLIENT_SECRET=1'],
  ])('of %s with params %j is %s', (url, params, expected) => {
    expect(get(url, params)).toBe(expected);
  });
});
