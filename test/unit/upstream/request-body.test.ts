import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PlaceholderValues } from '../../../src/requests/placeholders.ts';
import { encodeBody } from '../../../src/upstream/request-body.ts';

const values = { clientSecret: 'k/+ "&=é\\', clientId: 'me' };
const FORM = 'application/x-www-form-urlencoded';

function encode(data: unknown, contentType?: string, used: PlaceholderValues = values) {
  return encodeBody(data, contentType, contentType, used);
}

function text(data: unknown, contentType?: string): string {
  return String(encode(data, contentType).body);
}

describe('a JSON body', () => {
  it('arrives as written, with the secret escaped into it and its keys in order', () => {
    const data = JSON.parse(
      '{"z":"$CLIENT_SECRET","a":[1,null,{"$CLIENT_ID":" $CLIENT_ID "}],"__proto__":{"x":"$CLIENT_ID"}}',
    );
    expect(text(data)).toBe(String.raw`{"z":"k/+ \"&=é\\","a":[1,null,{"$CLIENT_ID":" me "}],"__proto__":{"x":"me"}}`);
    expect(text({ b: ' a\n', n: 1.5 })).toBe('{"b":" a\\n","n":1.5}');
    expect('x' in {}).toBe(false);
  });

  it('may be of any JSON, and is JSON by default and by +json', () => {
    expect(encode('$CLIENT_ID')).toEqual({ body: '"me"', contentType: 'application/json' });
    expect(encode([true], 'application/vnd.api+json')).toEqual({
      body: '[true]',
      contentType: 'application/vnd.api+json',
    });
  });

  it('is for any data and any value what its strings became', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string({ unit: 'binary' }), (data, clientSecret) => {
        const body = encode({ data, k: '<$CLIENT_SECRET>' }, undefined, { clientSecret, clientId: null }).body;
        const expected = { data, k: `<${clientSecret}>` };
        expect(body).toBe(JSON.stringify(expected));
      }),
    );
  });
});

describe('a form', () => {
  it.each([
    [{ a: 'x y', b: 1, c: false, d: null }, 'a=x+y&b=1&c=false'],
    [{ metadata: { key: 'v' }, items: [{ id: 'a' }, { id: 'b' }] }, 'metadata[key]=v&items[0][id]=a&items[1][id]=b'],
    [{ list: ['a', 'b'], empty: {} }, 'list[0]=a&list[1]=b'],
    [{ k: '$CLIENT_SECRET', $CLIENT_ID: '' }, 'k=k%2F%2B+%22%26%3D%C3%A9%5C&%24CLIENT_ID='],
    [{ 'a[b]': "*-._~!'()\r\n" }, 'a%5Bb%5D=*-._%7E%21%27%28%29%0D%0A'],
    [{}, ''],
  ])('of %j is %s', (data, expected) => {
    expect(encode(data, FORM)).toEqual({ body: expected, contentType: FORM });
  });

  it('gives any texts back to who reads it', () => {
    const word = fc.string({ unit: 'grapheme' });
    fc.assert(
      fc.property(
        fc.dictionary(
          word,
          word.filter((value) => !value.includes('$')),
        ),
        (data) => {
          expect([...new URLSearchParams(text(data, FORM))]).toEqual(Object.entries(data));
        },
      ),
    );
  });
});

describe('a text body', () => {
  it('is the string as it is, with the value in it as it is', () => {
    expect(encode(' <a k="$CLIENT_SECRET"/>\r\n', 'text/xml')).toEqual({
      body: ' <a k="k/+ "&=é\\"/>\r\n',
      contentType: 'text/xml',
    });
    expect(text('', 'text/plain')).toBe('');
  });
});

describe('a multipart body', () => {
  async function read(data: unknown, contentType = 'multipart/form-data') {
    const { body, contentType: type } = encode(data, contentType);
    return new Response(Buffer.from(body), { headers: { 'content-type': type } }).formData();
  }

  it('has a part for each string and each file, and for each item of an array', async () => {
    const base64 = Buffer.from([0, 255, 13, 10]).toString('base64');
    const form = await read({
      key: '$CLIENT_SECRET',
      'image[]': [
        { filename: '$CLIENT_ID.png', contentType: 'image/png', base64 },
        { filename: 'b', base64: '' },
      ],
    });
    expect(form.get('key')).toBe(values.clientSecret);
    const files = form.getAll('image[]') as File[];
    expect(files.map(({ name, type, size }) => ({ name, type, size }))).toEqual([
      { name: 'me.png', type: 'image/png', size: 4 },
      { name: 'b', type: 'application/octet-stream', size: 0 },
    ]);
    expect(Buffer.from((await files[0]?.arrayBuffer()) ?? new ArrayBuffer()).toString('base64')).toBe(base64);
  });

  it('names a boundary of its own, another each time, in place of one that was given', () => {
    const given = 'multipart/form-data; boundary="a;b"; charset=utf-8';
    const types = [encode({ a: 'b' }, given).contentType, encode({ a: 'b' }, given).contentType];
    for (const type of types) expect(type).toMatch(/^multipart\/form-data; charset=utf-8; boundary=----\w+$/);
    expect(types[0]).not.toBe(types[1]);
    expect(encode({}, 'Multipart/Form-Data;boundary=x').contentType).toMatch(
      /^Multipart\/Form-Data; boundary=----\w+$/,
    );
  });

  it('lets no name, filename or value end its part', async () => {
    const nasty = 'a"\r\nX-Injected: 1\r\n\r\n--';
    const { body } = encode({ [nasty]: nasty, f: { filename: nasty, base64: '' } }, 'multipart/form-data');
    const heads = String(body)
      .split('\r\n')
      .filter((line) => line.startsWith('Content-Disposition'));
    expect(heads).toEqual([
      'Content-Disposition: form-data; name="a%22%0D%0AX-Injected: 1%0D%0A%0D%0A--"',
      'Content-Disposition: form-data; name="f"; filename="a%22%0D%0AX-Injected: 1%0D%0A%0D%0A--"',
    ]);
    expect([...(await read({ x: nasty })).entries()]).toEqual([['x', nasty]]);
  });

  it('gives any texts back to who reads it', async () => {
    const word = fc.string({ unit: 'grapheme-ascii', minLength: 1 });
    await fc.assert(
      fc.asyncProperty(
        word.filter((name) => !/["\\%]/.test(name)),
        fc.string({ unit: 'grapheme' }).filter((value) => !value.includes('$')),
        async (name, value) => {
          expect((await read({ [name]: value })).get(name)).toBe(value);
        },
      ),
    );
  });
});
