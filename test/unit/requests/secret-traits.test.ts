import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PlaceholderHost, usesOf } from '../../../src/requests/placeholder-uses.ts';
import { checkTraits, traitsOf } from '../../../src/requests/secret-traits.ts';
import { buildOutbound } from '../../../src/upstream/outbound.ts';

function host(changes: Partial<PlaceholderHost>): PlaceholderHost {
  return { url: 'https://api.test/v1', method: 'POST', headers: null, body: undefined, ...changes };
}

const inHeader = host({ headers: { Authorization: 'Bearer $CLIENT_SECRET' } });
const inPath = host({ url: 'https://api.test/bot$CLIENT_SECRET/send' });

function invalid(parameter: string) {
  return expect.objectContaining({ code: 'INVALID_PARAMETER', details: { parameter } });
}

describe('the traits of a value', () => {
  it.each([
    ['sk-abc_123=+', true, true],
    ['with space', true, true],
    ['space at its end ', false, true],
    [' space at its start', false, true],
    ['a/b', true, false],
    ['a\\b', true, false],
    ['a%2fb', true, false],
    ['a%255cb', true, false],
    ['..', true, false],
    ['%2e%2E', true, false],
    ['100%', true, true],
    ['schlüssel', false, true],
    ['a\nb', false, false],
    ['', true, false],
  ])('of %j: fits a header %s, fits a path %s', (value, fitsHeader, fitsPath) => {
    expect(traitsOf(value)).toEqual({ fitsHeader, fitsPath });
  });

  it('refuse a header that cannot carry it, but not its Base64', () => {
    const traits = traitsOf('schlüssel');
    expect(() => checkTraits(usesOf(inHeader), traits, null)).toThrow(invalid('input.headers.Authorization'));
    const basic = host({ headers: { Authorization: 'Basic $BASE64(x:$CLIENT_SECRET)' } });
    expect(() => checkTraits(usesOf(basic), traits, null)).not.toThrow();
    expect(() => checkTraits(usesOf(host({ body: { a: '$CLIENT_SECRET' } })), traits, null)).not.toThrow();
  });

  it('refuse a path that it would break, but not a query', () => {
    const traits = traitsOf('a/b');
    expect(() => checkTraits(usesOf(inPath), traits, null)).toThrow(invalid('input.url'));
    expect(() => checkTraits(usesOf(host({ url: 'https://api.test/?k=$CLIENT_SECRET' })), traits, null)).not.toThrow();
  });

  it('are asked of the client ID too, which must be there', () => {
    const withId = host({ headers: { 'X-Id': '$CLIENT_ID', 'X-Key': '$CLIENT_SECRET' } });
    expect(() => checkTraits(usesOf(withId), traitsOf('key'), null)).toThrow(invalid('input.headers.X-Id'));
    expect(() => checkTraits(usesOf(withId), traitsOf('key'), traitsOf('é'))).toThrow(invalid('input.headers.X-Id'));
    expect(() => checkTraits(usesOf(withId), traitsOf('key'), traitsOf('id'))).not.toThrow();
    const inBase64 = host({ headers: { 'X-A': '$BASE64($CLIENT_ID:$CLIENT_SECRET)' } });
    expect(() => checkTraits(usesOf(inBase64), traitsOf('key'), null)).toThrow(invalid('input.headers.X-A'));
  });

  it('say for any value what building the request says', () => {
    const wild = fc
      .array(fc.constantFrom('/', '\\', '.', '%', '2', 'e', 'f', '5', 'c', 'é', 'x', ' '))
      .map((c) => c.join(''));
    const alone = host({ url: 'https://api.test/v1/$CLIENT_SECRET/x' });
    fc.assert(
      fc.property(fc.oneof(wild, fc.string({ unit: 'binary' })), (clientSecret) => {
        for (const request of [inHeader, alone]) {
          const build = () => buildOutbound(request, { clientSecret, clientId: null }, 'test');
          const check = () => checkTraits(usesOf(request), traitsOf(clientSecret), null);
          let passed = true;
          try {
            check();
          } catch {
            passed = false;
          }
          if (passed) expect(build).not.toThrow();
          else if (request === inHeader) expect(build).toThrow(invalid('input.headers.Authorization'));
        }
      }),
      { numRuns: 1000 },
    );
  });
});
