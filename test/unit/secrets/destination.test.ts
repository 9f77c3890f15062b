import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KeyholeError } from '../../../src/errors.ts';
import { parseAllowedUrl, sampleOf } from '../../../src/secrets/allowed-url.ts';
import type { DestinationRules, HttpMethod } from '../../../src/secrets/client-secret.ts';
import {
  checkDestination,
  checkPlacements,
  compileDestination,
  type PlacementUse,
} from '../../../src/secrets/destination.ts';

function rules(allowedUrls: string[], more: Partial<DestinationRules> = {}): DestinationRules {
  return { allowedUrls, allowedMethods: [], allowedPlacements: ['HEADERS'], ...more };
}

/** The parameter that is refused, or null. */
function refusal(allowedUrls: string[], url: string, method: HttpMethod = 'GET', more: Partial<DestinationRules> = {}) {
  try {
    checkDestination(compileDestination(rules(allowedUrls, more)), url, method);
    return null;
  } catch (error) {
    if (!(error instanceof KeyholeError)) throw error;
    expect(error.code).toBe('DESTINATION_NOT_ALLOWED');
    return error.details.parameter;
  }
}

const V1 = 'https://api.test/v1';

describe('a destination is allowed', () => {
  test.each<[string, string]>([
    [V1, 'https://api.test/v1'],
    [V1, 'https://api.test/v1/'],
    [V1, 'https://api.test/v1/x?y=../../z'],
    [V1, 'https://api.test/v1?x=1'],
    [V1, 'https://API.Test/v1/x'],
    [V1, 'https://api.test:443/v1'],
    [V1, 'https://api.test/v1/$CLIENT_ID/x?key=$CLIENT_SECRET&b=$BASE64($CLIENT_ID:$CLIENT_SECRET)'],
    ['HTTPS://API.TEST:443/v1', 'https://api.test/v1'],
    ['https://api.test', 'https://api.test/anything?at=all'],
    ['https://api.test', 'https://api.test'],
    ['https://api.test/v1/', 'https://api.test/v1/x'],
    ['https://api.test:8443', 'https://api.test:8443/x'],
    ['https://bücher.example', 'https://xn--bcher-kva.example/x'],
    ['https://xn--bcher-kva.example', 'https://BÜCHER.example/x'],
    ['https://*.api.test/v1', 'https://a.api.test/v1/x'],
    ['https://*.api.test/v1', 'https://a.b.c.api.test/v1'],
    ['http://localhost:8080', 'http://localhost:8080/x'],
    ['https://[2606:4700::1111]', 'https://[2606:4700:0::1111]/x'],
    ['https://api.test/caf%C3%A9', 'https://api.test/café/x'],
  ])('by %s: %s', (allowed, url) => {
    expect(refusal(['https://unrelated.example', allowed], url)).toBeNull();
  });
});

describe('a destination is refused', () => {
  test.each<[string, string, string]>([
    ['beyond the segment', V1, 'https://api.test/v10'],
    ['above the path', V1, 'https://api.test/'],
    ['beside the path', V1, 'https://api.test/v2'],
    ['in other case', V1, 'https://api.test/V1'],
    ['without the slash that was asked for', 'https://api.test/v1/', 'https://api.test/v1'],
    ['by dot segments', V1, 'https://api.test/v1/../admin'],
    ['by dot segments that lead back', V1, 'https://api.test/x/../v1/y'],
    ['by encoded dot segments', V1, 'https://api.test/v1/%2e%2e/admin'],
    ['by doubly encoded dot segments', V1, 'https://api.test/v1/%252e%252e%252fadmin'],
    ['by a backslash', V1, 'https://api.test/v1\\..\\admin'],
    ['by an encoded slash', V1, 'https://api.test/v1%2Fadmin'],
    ['by plain http', V1, 'http://api.test/v1'],
    ['on another port', V1, 'https://api.test:8443/v1'],
    ['on a subdomain', V1, 'https://x.api.test/v1'],
    ['on a longer host', V1, 'https://api.test.evil.example/v1'],
    ['on a host that ends alike', V1, 'https://evilapi.test/v1'],
    ['on a host with a trailing dot', V1, 'https://api.test./v1'],
    ['on a look-alike host', V1, 'https://аpi.test/v1'],
    ['behind user info', V1, 'https://api.test@evil.example/v1'],
    ['with user info', V1, 'https://user:pass@api.test/v1'],
    ['with empty user info', V1, 'https://@api.test/v1'],
    ['behind a backslash', V1, 'https://evil.example\\@api.test/v1'],
    ['with a tab in the host', V1, 'https://api\t.test/v1'],
    ['with a line break in the path', V1, 'https://api.test/v1/.\n./admin'],
    ['with a space before it', V1, ' https://api.test/v1'],
    ['without slashes', V1, 'https:api.test/v1'],
    ['with three slashes', V1, 'https:///api.test/v1'],
    ['with backslashes for slashes', V1, 'https:\\\\api.test/v1'],
    ['with another scheme', V1, 'ftp://api.test/v1'],
    ['without a scheme', V1, '//api.test/v1'],
    ['as a path', V1, '/v1'],
    ['as nothing', V1, ''],
    ['with a broken port', V1, 'https://api.test:99999/v1'],
    ['with a fragment that looks like a path', V1, 'https://api.test#/v1'],
    ['with a query that looks like a path', V1, 'https://api.test?/v1'],
    ['on the bare domain of a wildcard', 'https://*.api.test', 'https://api.test/'],
    ['on a host that ends like a wildcard', 'https://*.api.test', 'https://evilapi.test/'],
    ['beyond a wildcard', 'https://*.api.test', 'https://a.api.test.evil.example/'],
    ['with an empty label for a wildcard', 'https://*.api.test', 'https://.api.test/'],
    ['with empty labels for a wildcard', 'https://*.api.test', 'https://a..api.test/'],
    ['with a trailing dot for a wildcard', 'https://*.api.test', 'https://a.api.test./'],
    ['with a placeholder in the host', 'https://*.api.test', 'https://$CLIENT_SECRET.api.test/'],
    ['with a placeholder for user info', V1, 'https://$CLIENT_SECRET@api.test/v1'],
    ['on http of a wildcard for https', 'https://*.api.test', 'http://a.api.test/'],
  ])('%s', (_, allowed, url) => {
    expect(refusal([allowed], url)).toBe('input.url');
  });

  test('by a method that is not listed', () => {
    expect(refusal([V1], V1, 'POST', { allowedMethods: ['GET', 'PUT'] })).toBe('input.method');
    expect(refusal([V1], V1, 'PUT', { allowedMethods: ['GET', 'PUT'] })).toBeNull();
  });

  test('by rules that cannot be read any more', () => {
    expect(refusal(['not a url', 'https://*'], 'https://api.test/')).toBe('input.url');
  });

  test('without repeating the URL or the rules', () => {
    const url = 'https://evil.example/sk_live_0123456789';
    const check = () => checkDestination(compileDestination(rules([V1])), url, 'GET');
    expect(check).toThrow(/^(?!.*(?:evil|sk_live|api\.test)).*$/);
  });
});

describe('whatever is asked', () => {
  const label = fc.stringMatching(/^[a-z]([a-z0-9-]{0,8}[a-z0-9])?$/);
  const segment = fc.string({ unit: 'grapheme', maxLength: 12 });

  test('only the host that is named is reached', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 20 }), segment, (host, path) => {
        const url = `https://${host}/v1/${path}`;
        if (refusal([V1], url) === null) expect(new URL(url).host).toBe('api.test');
      }),
      {
        examples: ['api.test', 'API.test', 'api.test:443', 'ａpi.test', 'api。test', 'api.test\\', 'a@api.test'].map(
          (host) => [host, 'x'],
        ),
      },
    );
  });

  test('a wildcard stands for labels and nothing else', () => {
    fc.assert(
      fc.property(fc.array(label, { minLength: 1, maxLength: 4 }), (labels) => {
        expect(refusal(['https://*.api.test'], `https://${labels.join('.')}.api.test/`)).toBeNull();
        expect(refusal(['https://*.api.test'], `https://${labels.join('.')}api.test/`)).toBe('input.url');
      }),
    );
  });

  test('nobody leaves the path, however it is encoded', () => {
    const piece = fc.constantFrom(
      '..',
      '.',
      '/',
      '\\',
      '%2e',
      '%2F',
      '%5c',
      '%252e',
      '%25',
      '2f',
      '2e',
      ';',
      'v1',
      'x',
      '%',
      '?',
      '#',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const url = `https://api.test/v1/${pieces.join('')}`;
        if (refusal([V1], url) !== null) return;
        let path = new URL(url).pathname;
        for (let depth = 0; depth < 15; depth++) {
          expect(`${new URL(`https://api.test${path.replaceAll('\\', '/')}`).pathname}/`).toMatch(/^\/v1\//);
          path = path.replaceAll(/%([0-7][0-9a-f])/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
          path = path.replaceAll('?', '').replaceAll('#', '');
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('an entry of allowedUrls', () => {
  test.each<[string, RegExp]>([
    ['', /begin with https/],
    ['api.test', /begin with https/],
    ['ftp://api.test', /begin with https/],
    ['https:api.test', /begin with https/],
    ['https:///api.test', /begin with https/],
    ['https://api.test/v1?x', /query/],
    ['https://api.test/v1?', /query/],
    ['https://api.test/v1#x', /fragment/],
    ['https://user@api.test', /user info/],
    ['https://api.test /v1', /spaces/],
    ['https://api.test/\0', /control/],
    ['https://api.test/\ud800', /Unicode/],
    ['https://api.test/v1/../x', /dot segments/],
    ['https://api.test/v1%2fx', /encoded slashes/],
    ['https://api.test/bot$CLIENT_SECRET', /placeholders/],
    ['https://*', /"\*\."/],
    ['https://*.*.api.test', /"\*\."/],
    ['https://a.*.api.test', /"\*\."/],
    ['https://a*.api.test', /"\*\."/],
    ['https://%2a.api.test', /"\*\."/],
    ['https://＊.api.test', /"\*\."/],
    ['https://*.test', /two labels/],
    ['https://*.93.184.216.34', /address/],
    ['https://*.[2606:4700::1111]', /address|valid URL/],
    ['https://api.test.', /empty labels/],
    ['https://.api.test', /empty labels/],
    ['https://api..test', /empty labels/],
    ['https://api.test:port', /valid URL/],
  ])('%j is refused', (entry, fault) => {
    expect(parseAllowedUrl(entry)).toMatch(fault);
  });

  test.each([
    ['https://*.api.test:8443/v1', 'https://any.api.test:8443/v1'],
    ['https://API.test', 'https://api.test/'],
  ])('%s is shown to the egress guard as %s', (entry, sample) => {
    const parsed = parseAllowedUrl(entry);
    expect(typeof parsed === 'string' ? parsed : sampleOf(parsed)).toBe(sample);
  });
});

describe('a placement', () => {
  const destination = compileDestination(rules([V1], { allowedPlacements: ['HEADERS', 'URL'] }));

  test('that is allowed passes', () => {
    const uses: PlacementUse[] = [
      { placement: 'HEADERS', parameter: 'input.headers.Authorization' },
      { placement: 'URL', parameter: 'input.url' },
    ];
    expect(() => checkPlacements(destination, uses)).not.toThrow();
  });

  test('that is not is refused where it stands, with what the owner would have to allow', () => {
    const uses: PlacementUse[] = [{ placement: 'DATA', parameter: 'input.data.token' }];
    expect(() => checkPlacements(destination, uses)).toThrow(
      expect.objectContaining({
        code: 'INVALID_PARAMETER',
        details: { parameter: 'input.data.token' },
        message: expect.stringMatching(/stands in DATA.*owner would have to add DATA to its allowedPlacements/),
      }),
    );
  });
});
