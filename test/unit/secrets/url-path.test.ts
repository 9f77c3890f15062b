import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isUnambiguousPath } from '../../../src/secrets/url-path.ts';

describe('a path that every server reads alike', () => {
  test.each([
    '',
    '/',
    '/v1/images',
    '/v1//x/',
    '/v1/a.b/..c/d../...',
    '/v1/.well-known/x',
    '/v1/a%20b/%C3%A9/100%25',
    '/v1/50%/x',
    '/bot$CLIENT_SECRET/send;v=1',
    '/v1/%E9',
  ])('%s', (path) => {
    expect(isUnambiguousPath(path)).toBe(true);
  });
});

describe('a path that some server could read otherwise', () => {
  test.each([
    '/v1/../admin',
    '/v1/./x',
    '/v1/..',
    '/v1/%2e%2e/admin',
    '/v1/.%2E/admin',
    '/v1/%252e%252e/admin',
    '/v1/%25252E./admin',
    '/v1/%25%32%65%2e/admin',
    '/v1%2fadmin',
    '/v1/x%2F..%2Fadmin',
    '/v1/x%252Fy',
    '/v1/x%25%32Fy',
    '/v1\\admin',
    '/v1/%5cadmin',
    '/v1/%255Cadmin',
    '/v1/..;/admin',
    '/v1/..;x=1/admin',
    '/v1/%2e%2e%3bx/admin',
    '/v1/..%00/admin',
    '/v1/.%09./admin',
    '/v1/..%20/admin',
    '/v1/%c0%afadmin',
    '/v1/%c0%ae%c0%ae/admin',
    '/v1/%e0%80%af',
    '/v1/%f0%80%80%af',
  ])('%s', (path) => {
    expect(isUnambiguousPath(path)).toBe(false);
  });

  test('whatever is encoded, however often', () => {
    const bad = fc.constantFrom('../', './', '..\\', '/..', '/x', '\\');
    fc.assert(
      fc.property(bad, fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 4, maxLength: 4 }), (text, depths) => {
        const encoded = [...text].map((character, index) => encode(character, depths[index] ?? 1)).join('');
        expect(isUnambiguousPath(`/v1/${encoded}`)).toBe(false);
      }),
    );
  });

  test('is found in time that grows with the length alone', () => {
    expect(isUnambiguousPath(`/${'%25'.repeat(200_000)}2f`)).toBe(false);
    expect(isUnambiguousPath(`/%${'25'.repeat(200_000)}2e`)).toBe(false);
    expect(isUnambiguousPath(`/${'.;'.repeat(200_000)}x`)).toBe(false);
  });
});

/** Each time over, either one `%XX` for each character, or only its percent sign again. */
function encode(character: string, depth: number): string {
  let text = character;
  for (let time = 0; time < depth; time++) {
    text = time < 2 ? text.replaceAll(/./gs, percent) : text.replaceAll('%', '%25');
  }
  return text;
}

function percent(character: string): string {
  return `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
}
