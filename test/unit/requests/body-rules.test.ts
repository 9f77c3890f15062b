import { describe, expect, it } from 'vitest';
import { checkBody } from '../../../src/requests/body-rules.ts';
import { bodyEncodingOf } from '../../../src/requests/media-type.ts';

function invalid(parameter: string) {
  return expect.objectContaining({ code: 'INVALID_PARAMETER', details: { parameter } });
}

describe('the encoding of a body', () => {
  it.each([
    [undefined, 'json'],
    ['application/json', 'json'],
    ['Application/JSON; charset=utf-8', 'json'],
    ['application/vnd.api+json', 'json'],
    ['application/x-www-form-urlencoded', 'form'],
    ['application/x-www-form-urlencoded;charset=UTF-8', 'form'],
    ['multipart/form-data; boundary=x', 'multipart'],
    ['multipart/mixed; boundary=x', 'text'],
    ['text/plain', 'text'],
    ['text/json', 'text'],
    ['application/xml', 'text'],
    ['application/x-ndjson', 'text'],
    ['', 'text'],
  ])('of Content-Type %j is %s', (contentType, encoding) => {
    expect(bodyEncodingOf(contentType)).toBe(encoding);
  });
});

describe('data', () => {
  it('may be anything as JSON', () => {
    for (const data of ['x', 1, true, [], {}]) expect(() => checkBody('json', data)).not.toThrow();
  });

  it('must be an object as a form', () => {
    expect(() => checkBody('form', { a: [{ b: 1 }] })).not.toThrow();
    for (const data of ['a=b', 1, ['a']]) expect(() => checkBody('form', data)).toThrow(invalid('input.data'));
  });

  it('must be a string as text', () => {
    expect(() => checkBody('text', '')).not.toThrow();
    for (const data of [{}, 1, ['a']]) expect(() => checkBody('text', data)).toThrow(invalid('input.data'));
  });

  it('must have strings and files as its parts as a multipart form', () => {
    const file = { filename: 'a.png', contentType: 'image/png; q="é"', base64: 'AAAA' };
    expect(() => checkBody('multipart', { a: 'x', f: { filename: '', base64: '' }, many: ['x', 'y'] })).not.toThrow();
    expect(() => checkBody('multipart', { a: { ...file, contentType: 'image/png; charset=x' } })).not.toThrow();
    expect(() => checkBody('multipart', 'x')).toThrow(invalid('input.data'));
    expect(() => checkBody('multipart', { n: 1 })).toThrow(invalid('input.data.n'));
    expect(() => checkBody('multipart', { n: null })).toThrow(invalid('input.data.n'));
    expect(() => checkBody('multipart', { n: ['x', ['y']] })).toThrow(invalid('input.data.n[1]'));
    expect(() => checkBody('multipart', { f: file })).toThrow(invalid('input.data.f.contentType'));
    expect(() => checkBody('multipart', { f: { base64: '' } })).toThrow(invalid('input.data.f.filename'));
    expect(() => checkBody('multipart', { f: { ...file, size: 1 } })).toThrow(invalid('input.data.f.size'));
  });

  it.each(['image', 'image/png\r\nX: 1', 'image/$CLIENT_SECRET', 'a/b; c=$CLIENT_SECRET', 7])(
    'may not have a file of the type %j',
    (contentType) => {
      const data = { f: { filename: 'a', contentType, base64: '' } };
      expect(() => checkBody('multipart', data)).toThrow(invalid('input.data.f.contentType'));
    },
  );

  it.each(['A', 'AAAAA', 'AA=', '====', 'A===', 'AA-_', 'AA AA', '$CLIENT_SECRET'])(
    'may not have a file whose Base64 is %j',
    (base64) => {
      const data = { f: { filename: 'a', base64 } };
      expect(() => checkBody('multipart', data)).toThrow(invalid('input.data.f.base64'));
    },
  );

  it.each(['', 'AA==', 'AA', 'AAA=', 'AAA', 'AAAA', '+/+/'])('may have a file whose Base64 is %j', (base64) => {
    expect(() => checkBody('multipart', { f: { filename: 'a', base64 } })).not.toThrow();
  });
});
