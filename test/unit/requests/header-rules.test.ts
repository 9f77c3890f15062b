import { describe, expect, it } from 'vitest';
import { checkHeaders } from '../../../src/requests/header-rules.ts';

function invalid(name: string) {
  return expect.objectContaining({ code: 'INVALID_PARAMETER', details: { parameter: `input.headers.${name}` } });
}

describe('headers', () => {
  it('may have any name and any printable value, and numbers', () => {
    const headers = { Authorization: 'Bearer $CLIENT_SECRET', 'X-Count': 3, 'x_odd.name~1': '', Cookie: 'a="b"; c=d' };
    expect(checkHeaders(headers)).toBe(headers);
    expect(checkHeaders({ 'Accept-Encoding': 'identity' })).toEqual({ 'Accept-Encoding': 'identity' });
  });

  it.each([
    'Host',
    'host',
    'Content-Length',
    'Transfer-Encoding',
    'CONNECTION',
    'Keep-Alive',
    'TE',
    'Trailer',
    'Upgrade',
    'Expect',
    'Proxy-Authorization',
    'Proxy-Connection',
    'HTTP2-Settings',
  ])('may not have %s', (name) => {
    expect(() => checkHeaders({ [name]: 'x' })).toThrow(invalid(name));
  });

  it.each(['', 'X Y', 'X:Y', 'X\r\nY', 'X-é', ':authority', '(x)'])('may not be named %j', (name) => {
    expect(() => checkHeaders({ [name]: 'x' })).toThrow(invalid(name));
  });

  it.each([
    'a\r\nX-Injected: 1',
    'a\nb',
    'tab\t',
    '\x7f',
    'é',
    'é $CLIENT_SECRET',
    null,
    true,
    ['a'],
    { a: 1 },
    Number.NaN,
  ])('may not have the value %j', (value) => {
    expect(() => checkHeaders({ 'X-A': value })).toThrow(invalid('X-A'));
  });

  it('may have any text within $BASE64', () => {
    expect(checkHeaders({ 'X-A': '$BASE64(é\r\n$CLIENT_SECRET)' })).toBeTypeOf('object');
    expect(() => checkHeaders({ 'X-A': '$BASE64(é$CLIENT_SECRET)é' })).toThrow(invalid('X-A'));
  });

  it('may not be given twice', () => {
    expect(() => checkHeaders({ 'X-A': 'a', 'x-a': 'b' })).toThrow(invalid('x-a'));
  });
});
