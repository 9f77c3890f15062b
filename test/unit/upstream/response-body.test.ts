import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createScrubber } from '../../../src/scrubbing/scrubber.ts';
import { toStoredResponse } from '../../../src/upstream/response-body.ts';
import { mixedForms } from '../../support/secret-forms.ts';

const SECRET = 'ca/na+ry"x&y=é 5678';

function store(body: Buffer | string | null, contentType?: string, secret = SECRET) {
  const { kind, body: stored } = toStoredResponse(
    {
      kind: 'response',
      statusCode: 200,
      headers: contentType === undefined ? {} : { 'content-type': contentType },
      body: typeof body === 'string' ? Buffer.from(body) : body,
      withheld: null,
    },
    createScrubber(secret),
  );
  return { kind, body: stored };
}

describe('what a response is kept as', () => {
  test.each([
    ['application/json', '{"a": 1.50}'],
    ['application/json; charset=utf-8', ' [1, 2] '],
    ['APPLICATION/PROBLEM+JSON', '"é"'],
    ['application/vnd.api+json', 'null'],
  ])('JSON, to the byte, of type %s', (type, text) => {
    expect(store(text, type)).toEqual({ kind: 'json', body: text });
  });

  test.each([
    ['application/json', '{"a": 1,}'],
    ['text/html; charset=utf-8', '<p>é</p>'],
    ['text/event-stream', 'data: {}\n\n'],
    ['application/x-www-form-urlencoded', 'a=1&b=2'],
    ['application/xml', '<a/>'],
    ['image/svg+xml', '<svg/>'],
    ['application/javascript', 'alert(1)'],
    [undefined, 'no type, but é'],
  ])('text, of type %s', (type, text) => {
    expect(store(text, type)).toEqual({ kind: 'text', body: text });
  });

  test.each([
    ['image/png', Buffer.from([0x89, 0x50, 0x4e, 0x47])],
    ['application/octet-stream', Buffer.from('only text')],
    [undefined, Buffer.from([0xff, 0xfe, 0x41])],
    [undefined, Buffer.from('a\0b')],
    ['text/plain', Buffer.from('a\0b')],
    ['application/json', Buffer.from('{"a":"\0"}')],
  ])('Base64, of type %s', (type, bytes) => {
    expect(store(bytes, type)).toEqual({ kind: 'binary', body: bytes.toString('base64') });
  });

  test('nothing, without a body', () => {
    expect(store(null, 'application/json')).toEqual({ kind: null, body: null });
    expect(store('', 'application/json')).toEqual({ kind: null, body: null });
  });

  test('JSON of 100 levels, but text of 101', () => {
    const nested = (levels: number) => `${'{"a":'.repeat(levels - 1)}["]]]"]${'}'.repeat(levels - 1)}`;
    expect(store(nested(100), 'application/json').kind).toBe('json');
    expect(store(nested(101), 'application/json').kind).toBe('text');
    expect(store('['.repeat(1_000_000), 'application/json').kind).toBe('text');
    expect(store(`"${'['.repeat(200)}\\"["`, 'application/json').kind).toBe('json');
  });
});

describe('the charset', () => {
  test.each([
    ['text/plain; charset=iso-8859-1', Buffer.from('pâté', 'latin1')],
    ['text/plain; charset="UTF-16LE"', Buffer.from('pâté', 'utf16le')],
    ['text/plain; charset=utf-8', Buffer.from('\ufeffpâté')],
    ['text/plain; charset=latin1', Buffer.from('\ufeffpâté')],
    ['text/plain', Buffer.from('\ufeffpâté', 'utf16le')],
    ['text/plain', Buffer.from('\ufeffpâté', 'utf16le').swap16()],
    ['text/plain; charset=no-such', Buffer.from('pâté')],
  ])('is as %s says', (type, bytes) => {
    expect(store(bytes, type)).toEqual({ kind: 'text', body: 'pâté' });
  });

  test('of JSON may have a byte order mark', () => {
    expect(store('\ufeff{"a":1}', 'application/json')).toEqual({ kind: 'json', body: '{"a":1}' });
  });

  test('hides no secret, whether it is true or a lie', () => {
    for (const charset of ['utf-16le', 'utf-16be', 'shift_jis', 'windows-1252', 'utf-8']) {
      const ascii = 'canary-0123456789';
      for (const bytes of [Buffer.from(ascii), Buffer.from(ascii, 'utf16le'), Buffer.from(ascii, 'utf16le').swap16()]) {
        const { kind, body } = store(bytes, `text/plain; charset=${charset}`, ascii);
        const shown = kind === 'binary' ? Buffer.from(body ?? '', 'base64').toString('latin1') : (body ?? '');
        for (const encoding of ['utf8', 'latin1', 'utf16le'] as const) {
          expect(Buffer.from(shown, encoding).toString('latin1').replaceAll('\0', '')).not.toContain(ascii);
        }
      }
    }
  });

  test.each([
    ['utf-16le', 'utf16le'],
    ['utf-16be', 'utf16le'],
    ['utf-16le', 'latin1'],
    ['windows-1252', 'latin1'],
    ['iso-2022-jp', 'latin1'],
    ['gbk', 'latin1'],
  ] as const)('%s that is a lie in one place hides no secret there because another shows it', (charset, encoding) => {
    const secret = 'canary-0123456789abcZ';
    const swapped = (bytes: Buffer) => (charset === 'utf-16be' ? bytes.swap16() : bytes);
    const shown = swapped(Buffer.from(`x ${secret} `, encoding));
    for (const bytes of [
      Buffer.concat([shown, Buffer.from(`${secret} `)]),
      Buffer.concat([shown, Buffer.from(secret)]),
      Buffer.concat([Buffer.from(`${secret} `), shown]),
      Buffer.concat([shown, Buffer.from(`\x1b$B${secret}\x1b(B`)]),
    ]) {
      const { body } = store(bytes, `text/plain; charset=${charset}`, secret);
      expect(bytesBehind(body ?? '')).not.toContain(secret);
    }
  });

  test('hides no secret beyond ASCII that stands there in UTF-8 beside its own bytes', () => {
    const secret = 'sécrét-passé-12345';
    const bytes = Buffer.concat([Buffer.from(`${secret} | `, 'latin1'), Buffer.from(secret)]);
    expect(store(bytes, 'text/plain; charset=iso-8859-1', secret).body).toBe('$CLIENT_SECRET | $CLIENT_SECRET');
  });

  test('of JSON that is a lie hides none where the text is JSON no more without it', () => {
    const secret = 'canary-0123456789abcZ';
    const bytes = Buffer.concat([
      Buffer.from('{"b":"', 'utf16le'),
      Buffer.from(`x${secret}`),
      Buffer.from('"}', 'utf16le'),
    ]);
    const { body } = store(bytes, 'application/json; charset=utf-16le', secret);
    expect(bytesBehind(body ?? '')).not.toContain(secret);
  });

  test.each([
    ['pass€wörd-1234', 'utf16le', 'utf-16le'],
    ['пароль-12345', 'utf16le', 'utf-16le'],
  ] as const)('takes %s out of text with NUL in it, which is binary', (secret, encoding, charset) => {
    const bytes = Buffer.from(`<${secret}>\0`, encoding);
    const { kind, body } = store(bytes, `text/plain; charset=${charset}`, secret);
    expect(kind).toBe('binary');
    expect(Buffer.from(body ?? '', 'base64').toString()).toBe('<$CLIENT_SECRET>\0');
  });

  test('that is true leaves what stands around the secret', () => {
    const secret = 'canary-0123456789';
    for (const [charset, encoding] of [
      ['utf-16le', 'utf16le'],
      ['iso-8859-1', 'latin1'],
    ] as const) {
      const bytes = Buffer.from(`{"ä": "<${secret}>", "n": [1, "é"]}`, encoding);
      expect(store(bytes, `application/json; charset=${charset}`, secret)).toEqual({
        kind: 'json',
        body: '{"ä": "<$CLIENT_SECRET>", "n": [1, "é"]}',
      });
    }
  });

  test('leaves nothing that a database would refuse', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1 }),
        fc.constantFrom(
          'text/plain',
          'text/plain; charset=utf-16le',
          'text/plain; charset=gbk',
          'application/json',
          'x/y',
        ),
        (array, type) => {
          const { body } = store(Buffer.from(array), type);
          expect(body).not.toContain('\0');
          expect(Buffer.from(body ?? '').toString()).toBe(body);
        },
      ),
    );
  });
});

describe('JSON with the secret in it', () => {
  test.each([
    ['12345678', '{"n":1.2345678e7, "other": 2.50}', '{"n":"$CLIENT_SECRET", "other": 2.50}'],
    ['12345678', '{"n":[-12345678.0, "1.0"]}', '{"n":["-$CLIENT_SECRET.0", "1.0"]}'],
    ['100000000000', '[1e11]', '["$CLIENT_SECRET"]'],
    ['4111111111111111', '[4.111111111111111e15]', '["$CLIENT_SECRET"]'],
    ['12345678.25', '[-1.234567825e7, {"1e3": 1e3}]', '["-$CLIENT_SECRET", {"1e3": 1e3}]'],
    ['1.5e+300', '[15e299]', '["$CLIENT_SECRET"]'],
  ])('holds no number that is printed as %s: %s', (secret, text, expected) => {
    expect(store(text, 'application/json', secret)).toEqual({ kind: 'json', body: expected });
  });

  test.each([
    ['1234,5678', '[1.234e3, 5678]'],
    ['ab","cd-ef', '["ab", "cd-ef"]'],
  ])('is text where it would be printed with %s in it', (secret, text) => {
    expect(store(text, 'application/json', secret)).toEqual({ kind: 'text', body: text });
  });

  test('stays JSON, and no string or name of it holds the secret', () => {
    const secrets = fc.constantFrom(
      SECRET,
      'C:\\new\\path\\u0041',
      'n1234567',
      '41bcdefg"',
      'abcdefg\\',
      '"},{"a":"b"',
      '\\u00e9\\u00e912',
    );
    const cases = secrets.chain((secret) =>
      fc.tuple(fc.constant(secret), mixedForms(secret), fc.string(), fc.jsonValue({ maxDepth: 2 })),
    );
    fc.assert(
      fc.property(cases, ([secret, form, around, other]) => {
        const value = {
          [`${around}${secret}`]: other,
          plain: secret,
          form: `${around}${form}`,
          list: [form, secret + around],
        };
        const { kind, body } = store(JSON.stringify(value), 'application/json', secret);
        expect(kind).toBe('json');
        for (const text of stringsOf(JSON.parse(body ?? ''))) {
          expect(text).not.toContain(secret);
          expect(text).not.toContain(form);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('keeps everything else to the byte', () => {
    const before = '{ "big": 98765432109876543210, "list": [1.50, "\\u00e9", ';
    expect(store(`${before}12345678], "x": "\\u00312345678"}`, 'application/json', '12345678')).toEqual({
      kind: 'json',
      body: `${before}"$CLIENT_SECRET"], "x": "$CLIENT_SECRET"}`,
    });
  });

  test('is text where the secret was more than a part of a string', () => {
    expect(store('{"a":1,"b":2}', 'application/json', '"a":1,"b"')).toEqual({
      kind: 'text',
      body: '{$CLIENT_SECRET:2}',
    });
  });

  function stringsOf(value: unknown): string[] {
    if (typeof value === 'string') return [value];
    if (typeof value !== 'object' || value === null) return [];
    return Object.entries(value).flatMap(([name, item]) => [name, ...stringsOf(item)]);
  }
});

test('headers and a binary body are scrubbed, and headers hold no NUL', () => {
  const stored = toStoredResponse(
    {
      kind: 'response',
      statusCode: 500,
      headers: { 'content-type': 'image/png', 'x-echo': 'key canary-0123456789', 'x-nul': 'a\0b' },
      body: Buffer.from('\x89PNG canary-0123456789', 'latin1'),
      withheld: null,
    },
    createScrubber('canary-0123456789'),
  );
  expect(stored).toEqual({
    statusCode: 500,
    headers: { 'content-type': 'image/png', 'x-echo': 'key $CLIENT_SECRET', 'x-nul': 'ab' },
    kind: 'binary',
    body: Buffer.from('\x89PNG $CLIENT_SECRET', 'latin1').toString('base64'),
  });
});

/** As whoever undoes the decoding would see it, with or without the bytes that are none of ASCII's. */
function bytesBehind(text: string): string {
  const encoded = [Buffer.from(text), Buffer.from(text, 'latin1'), Buffer.from(text, 'utf16le')];
  const swapped = Buffer.from(text, 'utf16le').swap16();
  return [...encoded, swapped].map((bytes) => bytes.toString('latin1').replaceAll('\0', '')).join('\n');
}
