import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createScrubber } from '../../../src/scrubbing/scrubber.ts';
import { canonicalise } from '../../../src/scrubbing/scrubber-canonical.ts';
import { formsOf, mixedForms, wholeForms } from '../../support/secret-forms.ts';

const CANARY = 'ca/na+ry"x&y=é 5678';

const letters = fc.constantFrom(...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789');
const specials = fc.constantFrom(...'%\\&$+/="\'<>#;é€😀∞ -_.~u', '%41', '\\u00', '&amp', '&#6');
const secrets = fc
  .array(fc.oneof(letters, letters, specials), { minLength: 8, maxLength: 24 })
  .map((characters) => characters.join(''))
  .filter((secret) => canonicalise(Buffer.from(secret), true).bytes.length >= 6);
/** What an attacker would put beside the secret, and what just stands there. */
const neighbours = fc
  .array(
    fc.constantFrom(
      '%',
      '%2',
      '%%',
      '&',
      '&#',
      '&#x',
      '\\',
      '\\u',
      '\\u00',
      '41',
      'amp;',
      ';',
      '"',
      'a',
      'Z',
      ' ',
      'é',
      '{',
    ),
    {
      maxLength: 5,
    },
  )
  .map((parts) => parts.join(''));

function scrub(secret: string, text: string): string {
  return createScrubber(secret).scrubText(text);
}

describe('what is taken out', () => {
  test.each([' key with spaces around ', 'key-with-a-space-behind ', '\u00a0key-with-another-space'])(
    '%j without the spaces at its ends, which get lost on the way',
    (secret) => {
      expect(scrub(secret, `wrong key: "${secret.trim()}"`)).toBe('wrong key: "$CLIENT_SECRET"');
      expect(scrub(secret, `wrong key: "${secret}"`)).toBe('wrong key: "$CLIENT_SECRET"');
      const headers = createScrubber(secret).scrubHeaders({ 'x-key': Buffer.from(secret.trim()).toString('base64') });
      expect(headers['x-key']).toContain('$CLIENT_SECRET');
    },
  );

  test.each(wholeForms(CANARY))('the secret as %s', (form) => {
    const scrubber = createScrubber(CANARY);
    const scrubbed = scrubber.scrubText(`{"echo": "${form}", "more": 1}`);
    expect(scrubbed).toMatch(/^\{"echo": "[\w]{0,2}\$CLIENT_SECRET[\w]{0,3}", "more": 1\}$/);
    expect(scrubber.found).toBe(1);
  });

  test.each(Array.from(CANARY).flatMap((character, at) => formsOf(character).map((form) => ({ at, form }))))(
    'the secret with its character $at as $form',
    ({ at, form }) => {
      const characters = Array.from(CANARY);
      characters[at] = form;
      expect(scrub(CANARY, `<p>${characters.join('')}</p>`)).toBe('<p>$CLIENT_SECRET</p>');
    },
  );

  test.each([
    ['abc∞def♥gh→', 'abc&infin;def&hearts;gh&rarr;'],
    ['abc€def–ghi', 'abc&#128;def&#x96;ghi'],
    ['abcfjdefgh12', 'abc&fjlig;defgh12'],
    ['fjfj‽fjfj', '&fjlig;&fjlig;&#8253;&fjlig;%26fjlig%3b'],
  ])('%s as browsers read %s', (secret, form) => {
    expect(scrub(secret, `<p>${form}</p>`)).toBe('<p>$CLIENT_SECRET</p>');
  });

  test('each character in any form, whatever stands around it', () => {
    const cases = secrets.chain((secret) => fc.tuple(fc.constant(secret), mixedForms(secret), neighbours, neighbours));
    fc.assert(
      fc.property(cases, ([secret, form, before, after]) => {
        const scrubbed = scrub(secret, before + form + after);
        expect(scrubbed).not.toContain(form);
        expect(scrubbed).toContain('$CLIENT_SECRET');
      }),
      { numRuns: 3000 },
    );
  });

  test('any whole encoding, whatever stands around it', () => {
    const cases = secrets.chain((secret) => {
      return fc.tuple(fc.constant(secret), fc.constantFrom(...wholeForms(secret)), neighbours, neighbours);
    });
    fc.assert(
      fc.property(cases, ([secret, form, before, after]) => {
        expect(scrub(secret, before + form + after)).not.toContain(form);
      }),
      { numRuns: 3000 },
    );
  });

  test('references without a semicolon where browsers take them so', () => {
    expect(scrub('pass"word&more', 'pass&quotword&ampmore')).toBe('$CLIENT_SECRET');
    expect(scrub('pass"word-more', 'pass&#34word&#45more')).toBe('$CLIENT_SECRET');
  });

  test('Base64 broken into lines, as mail does it', () => {
    const lines = Buffer.from(CANARY.repeat(2)).toString('base64').replace(/.{10}/g, '$&\r\n');
    expect(scrub(CANARY.repeat(2), JSON.stringify({ lines }))).toBe('{"lines":"$CLIENT_SECRET"}');
  });

  test('Base64 of a text that the secret stands in, and none of its bits beside it', () => {
    for (const before of ['', 'u', 'us', 'user:', 'another user:']) {
      const neighbours = Buffer.from(before)
        .toString('base64')
        .replace(/=+$/, '')
        .slice(0, Math.floor((before.length * 8) / 6));
      expect(scrub(CANARY, `Basic ${Buffer.from(before + CANARY).toString('base64')}`)).toBe(
        `Basic ${neighbours}$CLIENT_SECRET`,
      );
    }
  });

  test('raw bytes in a binary body, in UTF-16 too', () => {
    const scrubber = createScrubber('canary-0123456789');
    const noise = Buffer.from([0xff, 0xfe, 0x00, 0x80, 0x01]);
    const body = Buffer.concat([noise, Buffer.from('canary-0123456789'), noise]);
    expect(scrubber.scrubBytes(body)).toEqual(Buffer.concat([noise, Buffer.from('$CLIENT_SECRET'), noise]));
    expect(scrubber.scrubBytes(Buffer.from('canary-0123456789', 'utf16le')).toString('latin1')).toBe(
      '$CLIENT_SECRET\0',
    );
  });

  test('a letter with an accent, composed, decomposed and in Latin-1', () => {
    expect(scrub('motdepassé', 'motdepasse\u0301')).toBe('$CLIENT_SECRET');
    expect(scrub('motdepassé', 'motdepass%E9')).toBe('$CLIENT_SECRET');
    expect(createScrubber('motdepassé').scrubBytes(Buffer.from('motdepassé', 'latin1')).toString()).toBe(
      '$CLIENT_SECRET',
    );
  });

  test('every one of many', () => {
    const scrubber = createScrubber(CANARY);
    expect(scrubber.scrubText(`${CANARY}${CANARY} ${CANARY}`)).toBe('$CLIENT_SECRET$CLIENT_SECRET $CLIENT_SECRET');
    expect(scrubber.found).toBe(3);
  });

  test('one that appears only once another is taken out', () => {
    const secret = 'left$CLIENT_SECRETright';
    expect(scrub(secret, `left${secret}right`)).toBe('$CLIENT_SECRET');
  });

  test('a value that is within what replaces it', () => {
    expect(scrub('CLIENT_S', 'a CLIENT_S b')).toBe('a $CLIENT_SECRET b');
  });

  test.each(['\\\\\\\\\\\\\\\\', '%41%41%41', '&lt;&gt;', '\\u0041\\u0041'])(
    'a value of escapes alone: %s',
    (secret) => {
      for (const form of wholeForms(secret).slice(0, 6)) expect(scrub(secret, `<${form}>`)).toBe('<$CLIENT_SECRET>');
      expect(scrub(secret, 'AAA <> \\ A')).toBe('AAA <> \\ A');
    },
  );
});

describe('what stays', () => {
  test('any text without the secret, to the byte', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
        const scrubber = createScrubber('Qz7-canary/Xw9');
        expect(scrubber.scrubText(text)).toBe(text);
        expect(scrubber.found).toBe(0);
      }),
    );
  });

  test('any bytes without the secret', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (array) => {
        const bytes = Buffer.from(array);
        expect(createScrubber('Qz7-canary/Xw9').scrubBytes(bytes)).toBe(bytes);
      }),
    );
  });

  test('all that stands around the secret, to the byte', () => {
    const text = fc.array(fc.constantFrom('a', ' ', '"', '%41', '\\n', '&amp;', '\n', 'é', '{', '😀', '=='), {
      maxLength: 30,
    });
    fc.assert(
      fc.property(text, text, (before, after) => {
        const surrounded = `${before.join('')}<Qz7-canary/Xw9>${after.join('')}`;
        expect(scrub('Qz7-canary/Xw9', surrounded)).toBe(surrounded.replace('Qz7-canary/Xw9', '$CLIENT_SECRET'));
      }),
    );
  });

  test('a text that all but holds the secret', () => {
    for (const almost of ['Qz7-canary/Xw', 'z7-canary/Xw9', 'Qz7-canary-Xw9', 'qz7-canary/xw9']) {
      expect(scrub('Qz7-canary/Xw9', almost)).toBe(almost);
    }
  });
});

describe('headers', () => {
  test('lose it in names, without regard to case, and in values', () => {
    const scrubber = createScrubber('Token-AbCdEf12');
    const headers = {
      'x-token-abcdef12': 'yes',
      location: 'https://x.test/?k=Token%2DAbCdEf12',
      'set-cookie': ['a=1', 'b=Token-AbCdEf12; Path=/'],
      etag: '"token-abcdef12"',
    };
    expect(scrubber.scrubHeaders(headers)).toEqual({
      'x-$CLIENT_SECRET': 'yes',
      location: 'https://x.test/?k=$CLIENT_SECRET',
      'set-cookie': ['a=1', 'b=$CLIENT_SECRET; Path=/'],
      etag: '"token-abcdef12"',
    });
    expect(scrubber.found).toBe(3);
  });

  test('whose bytes were taken for Latin-1 lose it too', () => {
    const value = Buffer.from('motdepassé').toString('latin1');
    expect(createScrubber('motdepassé').scrubHeaders({ 'x-a': value })).toEqual({ 'x-a': '$CLIENT_SECRET' });
  });

  test('without it are the same object', () => {
    const headers = { 'content-type': 'application/json', 'set-cookie': ['a=1', 'b=2'] };
    expect(createScrubber('Token-AbCdEf12').scrubHeaders(headers)).toBe(headers);
  });
});

describe('hostile bodies', () => {
  const body = (part: string) => Buffer.from(part.repeat(Math.ceil(2 ** 20 / part.length)));

  // Quadratic work on these would take hours: that they end is the test.
  test.each([
    [`${'a'.repeat(10_000)}b`, 'a'],
    [`b${'a'.repeat(10_000)}`, 'a'],
    ['aaaaaaaab', 'a'],
    ['canary-0123456789', '%25'],
    ['canary-0123456789', '%%33'],
    ['canary-0123456789', '&amp;'],
    ['canary-0123456789', '\\'],
    ['canary-0123456789', '&#0'],
  ])('end soon and unchanged: %#', (secret, part) => {
    const bytes = body(part);
    expect(createScrubber(secret).scrubBytes(bytes)).toBe(bytes);
  });

  test('that repeat what only looks like the secret lose too much rather than take too long', () => {
    const scrubbed = createScrubber(`41${'A'.repeat(8000)}b`).scrubBytes(body('%41'));
    expect(scrubbed.length).toBeLessThanOrEqual(body('%41').length);
  });
});
