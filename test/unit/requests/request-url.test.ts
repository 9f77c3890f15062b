import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkUrl } from '../../../src/requests/request-url.ts';

function refused(code: string) {
  return expect.objectContaining({ code, details: { parameter: 'input.url' } });
}

describe('a URL', () => {
  it.each([
    'https://api.test',
    'HTTPS://API.test:8443/v1/x',
    'http://127.0.0.1:8080/',
    'https://api.test?x=1',
    'https://api.test/a.b/..c/...?p=../..&q=%2e%2e%2f\\',
    'https://api.test/é/100%/%C3%A9',
    'https://api.test/bot$CLIENT_SECRET/send?k=$CLIENT_ID',
    'https://api.test/v1?k=$BASE64($CLIENT_ID:$CLIENT_SECRET)',
    'https://[2606:4700::1111]/',
    'https://ⓐⓟⓘ.test/',
  ])('%s is sound', (url) => {
    expect(() => checkUrl(url)).not.toThrow();
  });

  it.each([
    '',
    'api.test/v1',
    '/v1',
    'ftp://api.test/',
    'javascript:alert(1)',
    'https:api.test',
    'https:/api.test',
    'https:///api.test',
    'https:\\\\api.test',
    'https://',
    'https://?x',
    ' https://api.test',
    'https://api.test/a b',
    'https://api.test/a\tb',
    'ht\ntps://api.test',
    'https://api.test/\u00a0',
    'https://api.test/\u0085',
    'https://api.test/#',
    'https://api.test/#fragment',
    'https://user@api.test/',
    'https://user:password@api.test/',
    'https://api.test@evil.test/',
    'https://@api.test/',
    'https://$CLIENT_SECRET.evil.test/',
    'https://$CLIENT_SECRET@api.test/',
    'https://api.test:$CLIENT_ID/',
    'https://api.test$CLIENT_SECRET?x',
    '$CLIENT_SECRET://api.test/',
    '$CLIENT_SECRET',
    'https://api.test:99999/',
    'https://a b/',
    'https://[::1/',
    'https://api.test/%$CLIENT_SECRET',
    'https://api.test/?q=%2$CLIENT_SECRET',
    // Whether these are sent would tell how the value begins or ends.
    'https://api.test/%252$CLIENT_SECRET',
    'https://api.test/%25$CLIENT_SECRET/x',
    'https://api.test/a%25%32$CLIENT_ID',
    'https://api.test/$CLIENT_SECRET%2525$CLIENT_ID',
    'https://api.test/$CLIENT_SECRET%32f',
    'https://api.test/$CLIENT_SECRET%2566',
    'https://api.test/.$CLIENT_SECRET',
    'https://api.test/v1/%252e%20$CLIENT_SECRET/x',
    'https://api.test/$BASE64($CLIENT_SECRET)',
    'https://api.test/$BASE64(a?b$CLIENT_SECRET)',
  ])('%j is INVALID_PARAMETER', (url) => {
    expect(() => checkUrl(url)).toThrow(refused('INVALID_PARAMETER'));
  });

  it.each([
    '/bot$CLIENT_SECRET:x/getMe',
    '/$CLIENT_ID.$CLIENT_SECRET.json',
    '/%41$CLIENT_SECRET%20x',
    '/$CLIENT_SECRET%2C$CLIENT_ID',
    '/%25x$CLIENT_SECRET',
    '/...$CLIENT_SECRET',
    '/?a=%$CLIENT_SECRETS&b=%2$CLIENT_IDé&c=%$client_secret',
  ])('with %s is let through', (path) => {
    expect(() => checkUrl(`https://api.test${path}`)).not.toThrow();
  });

  it.each([
    '/v1/../admin',
    '/v1/.',
    '/..',
    '/./a',
    '/v1/%2e%2e/admin',
    '/v1/.%2E/admin',
    '/v1/%252e%252e/admin',
    '/v1/%25252e%2e/admin',
    '/v1/%%32%65%%32e/admin',
    '/v1/..%2fadmin',
    '/v1/a%2Fb',
    '/v1/a%252fb',
    '/v1/a%5cb',
    '/v1/a%255Cb',
    '/v1/a\\b',
    '/v1\\..\\admin',
    '/v1/..;/admin',
    '/v1/%2e%2e%3bx/admin',
  ])('with the path %s is DESTINATION_NOT_ALLOWED', (path) => {
    expect(() => checkUrl(`https://api.test${path}`)).toThrow(refused('DESTINATION_NOT_ALLOWED'));
  });

  it('is refused quickly however often its path is encoded', () => {
    expect(() => checkUrl(`https://api.test/%${'25'.repeat(400_000)}2f`)).toThrow(refused('DESTINATION_NOT_ALLOWED'));
    expect(() => checkUrl(`https://api.test/${'%2525252525'.repeat(50_000)}`)).not.toThrow();
  });

  it('is refused for a slash, a backslash or a dot segment at every depth of encoding', () => {
    const encode = (text: string) =>
      [...text].map((character) => `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`).join('');
    fc.assert(
      fc.property(fc.constantFrom('a/b', 'a\\b', '..', '.'), fc.integer({ min: 1, max: 12 }), (text, depth) => {
        let path: string = text;
        for (let i = 0; i < depth; i++) path = i === 0 ? encode(path) : path.replaceAll('%', '%25');
        expect(() => checkUrl(`https://api.test/v1/${path}/x`)).toThrow(refused('DESTINATION_NOT_ALLOWED'));
      }),
    );
  });

  it('keeps what it lets through where the parser sees it', () => {
    const piece = fc.constantFrom(
      '/',
      '.',
      '..',
      '%2e',
      '%2f',
      '%25',
      '%',
      'a',
      '\\',
      '?',
      '#',
      '@',
      ':',
      ';',
      'é',
      '$',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 10 }), (pieces) => {
        const url = `https://api.test/v1${pieces.join('')}`;
        try {
          checkUrl(url);
        } catch {
          return;
        }
        const parsed = new URL(url);
        expect(parsed.host).toBe('api.test');
        expect(parsed.pathname).toMatch(/^\/v1/);
        expect(parsed.pathname.split('/').length).toBe((/^[^?]*/.exec(url)?.[0].split('/').length ?? 0) - 2);
      }),
      { numRuns: 2000 },
    );
  });
});
