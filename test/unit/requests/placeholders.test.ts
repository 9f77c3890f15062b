import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSegments, substitute } from '../../../src/requests/placeholders.ts';

const PATH = ['input', 'data', 'a'];
const values = { clientSecret: 's3cret', clientId: 'me' };

function put(text: string): string {
  return substitute(text, PATH, values);
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

describe('placeholders', () => {
  it.each([
    ['$CLIENT_SECRET', 's3cret'],
    ['Bearer $CLIENT_SECRET', 'Bearer s3cret'],
    ['$CLIENT_ID:$CLIENT_SECRET', 'me:s3cret'],
    ['$CLIENT_SECRET$CLIENT_SECRET', 's3crets3cret'],
    ['x$CLIENT_SECRET-y', 'xs3cret-y'],
    ['$$CLIENT_SECRET$', '$s3cret$'],
    ['($CLIENT_SECRET)', '(s3cret)'],
    ['', ''],
    ['5 $ and 6 €', '5 $ and 6 €'],
  ])('puts the values into %j', (text, expected) => {
    expect(put(text)).toBe(expected);
  });

  it.each([
    '$CLIENT_SECRETS',
    '$CLIENT_SECRET_2',
    '$CLIENT_SECRET2',
    '$CLIENT_SECRET_',
    '$CLIENT_SECRETé',
    '$CLIENT_SECRETж',
    '$CLIENT_SECRET٣',
    '$CLIENT_SECRET𝐀',
    '$CLIENT_IDS',
    '$client_secret',
    'CLIENT_SECRET',
    '$CLIENT',
    '$BASE64',
    '$BASE64 (x)',
    '%24CLIENT_SECRET',
  ])('leaves %j as it is', (text) => {
    expect(put(text)).toBe(text);
  });

  it.each([
    ['Basic $BASE64($CLIENT_ID:$CLIENT_SECRET)', `Basic ${base64('me:s3cret')}`],
    ['$BASE64(é$CLIENT_SECRET)', base64('és3cret')],
    ['$BASE64($CLIENT_SECRET)$CLIENT_SECRET', `${base64('s3cret')}s3cret`],
    ['$BASE64($CLIENT_SECRET\n)', base64('s3cret\n')],
    ['$BASE64(()$CLIENT_SECRET)', null],
    ['$BASE64(($CLIENT_SECRET))', `${base64('(s3cret')})`],
    ['$BASE64($BASE64($CLIENT_SECRET))', `${base64('$BASE64(s3cret')})`],
    ['$BASE64($CLIENT_SECRETS $CLIENT_ID)', base64('$CLIENT_SECRETS me')],
  ])('takes $BASE64 to the first parenthesis: %j', (text, expected) => {
    if (expected === null) expect(() => put(text)).toThrow(/has neither/);
    else expect(put(text)).toBe(expected);
  });

  it.each(['$BASE64()', '$BASE64(abc)', '$BASE64($CLIENT_SECRETS)', '$BASE64($CLIENT_SECRET', 'a $BASE64('])(
    'refuses %j at its path',
    (text) => {
      expect(() => parseSegments(text, ['input', 'data', 'a', 0, 'b'])).toThrow(
        expect.objectContaining({ code: 'INVALID_PARAMETER', details: { parameter: 'input.data.a[0].b' } }),
      );
    },
  );

  it('never looks for placeholders in what it put in', () => {
    const nested = { clientSecret: '$CLIENT_ID$BASE64($CLIENT_SECRET)', clientId: '$CLIENT_SECRET' };
    expect(substitute('$CLIENT_SECRET|$CLIENT_ID', PATH, nested)).toBe(
      '$CLIENT_ID$BASE64($CLIENT_SECRET)|$CLIENT_SECRET',
    );
  });

  it('encodes the values, not the text around them', () => {
    const encode = (value: string) => `<${value}>`;
    expect(substitute('a $CLIENT_SECRET b $BASE64($CLIENT_ID)', PATH, values, encode)).toBe(
      `a <s3cret> b <${base64('me')}>`,
    );
  });

  it('refuses $CLIENT_ID where there is none, in Base64 too', () => {
    const none = { clientSecret: 's3cret', clientId: null };
    for (const text of ['$CLIENT_ID', '$BASE64($CLIENT_ID:$CLIENT_SECRET)']) {
      expect(() => substitute(text, PATH, none)).toThrow(
        expect.objectContaining({ code: 'INVALID_PARAMETER', details: { parameter: 'input.data.a' } }),
      );
    }
  });

  it('cuts any text into segments that give it back', () => {
    const piece = fc.constantFrom('$', 'CLIENT_SECRET', '$CLIENT_SECRET', '$CLIENT_ID', '_', 'é', '1', '(', ' ');
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string({ unit: 'binary' })), { maxLength: 12 }), (pieces) => {
        fc.pre(!pieces.join('').includes('$BASE64('));
        const text = pieces.join('');
        const written = parseSegments(text, PATH)
          .map((segment) => {
            if (segment.kind === 'text') return segment.text;
            return segment.kind === 'placeholder' ? `$${segment.name}` : '';
          })
          .join('');
        expect(written).toBe(text);
      }),
    );
  });

  it('puts any value in unchanged, as often as the placeholder stands there', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(5), (clientSecret, count) => {
        const text = '-$CLIENT_SECRET'.repeat(count);
        expect(substitute(text, PATH, { clientSecret, clientId: null })).toBe(`-${clientSecret}`.repeat(count));
      }),
    );
  });
});
