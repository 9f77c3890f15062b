import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeForm, type FormField } from '../../../src/client/form-decoding.ts';

function field(name: string, ...values: unknown[]): FormField {
  return { name, values, isList: values.length !== 1 };
}

describe('names nest by their brackets', () => {
  test('the form of the documentation gives the object of the documentation', () => {
    const fields = [
      field('clientSecretName', 'openai'),
      field('url', 'https://api.openai.com/v1/images/generations'),
      field('method', 'POST'),
      field('headers[Content-Type]', 'application/json'),
      field('headers[Authorization]', 'Bearer $CLIENT_SECRET'),
      field('data[model]', 'gpt-image-1.5'),
      field('data[n]', 1),
      field('data[prompt]', 'A cute baby sea otter'),
    ];
    expect(decodeForm(fields)).toEqual({
      clientSecretName: 'openai',
      url: 'https://api.openai.com/v1/images/generations',
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: 'Bearer $CLIENT_SECRET' },
      data: { model: 'gpt-image-1.5', n: 1, prompt: 'A cute baby sea otter' },
    });
  });

  test('indexes make arrays, of objects too, in the order of the indexes and without gaps', () => {
    const fields = [field('a[4][x]', '2'), field('a[0][x]', '1'), field('a[0][y]', 'why'), field('b[0][0]', 'deep')];
    expect(decodeForm(fields)).toEqual({ a: [{ x: '1', y: 'why' }, { x: '2' }], b: [['deep']] });
  });

  test('empty brackets at the end make an array of even one value', () => {
    expect(decodeForm([field('a[]', 'x'), field('b[c][]', 'y', 'z')])).toEqual({ a: ['x'], b: { c: ['y', 'z'] } });
  });

  test('a name that can have several values is always an array', () => {
    expect(decodeForm([{ name: 'a', values: [], isList: true }, field('b', 1, 2)])).toEqual({ a: [], b: [1, 2] });
  });

  test('a control that says nothing is left out', () => {
    expect(decodeForm([{ name: 'a', values: [], isList: false }])).toEqual({});
  });

  test('keys keep the order of the document', () => {
    const decoded = decodeForm([field('data[z]', 1), field('x', 1), field('data[b]', 1), field('data[a]', 1)]);
    expect(JSON.stringify(decoded)).toBe('{"data":{"z":1,"b":1,"a":1},"x":1}');
  });

  test('names of what every object has are keys like others', () => {
    expect(decodeForm([field('data[toString]', 'x'), field('data[hasOwnProperty]', 'y')])).toEqual({
      data: { toString: 'x', hasOwnProperty: 'y' },
    });
  });
});

describe('a clear error', () => {
  test.each([
    ['a beside a[b]', [field('a', 1), field('a[b]', 2)]],
    ['a[b] beside a', [field('a[b]', 2), field('a', 1)]],
    ['a[] beside a[0]', [field('a[]', 1), field('a[0]', 2)]],
    ['a[0] beside a[]', [field('a[0]', 1), field('a[]', 2)]],
    ['a[0] beside a[b]', [field('a[0]', 1), field('a[b]', 2)]],
    ['a[b] beside a[0]', [field('a[b]', 1), field('a[0]', 2)]],
    ['empty brackets before others', [field('a[][b]', 1)]],
    ['brackets that do not close', [field('a[b', 1)]],
    ['brackets that do not open', [field('a]', 1)]],
    ['text after brackets', [field('a[b]c', 1)]],
    ['brackets alone', [field('[a]', 1)]],
    ['a name that nests too deep', [field(`a${'[a]'.repeat(200)}`, 1)]],
  ])('%s', (_, fields) => {
    expect(() => decodeForm(fields)).toThrow(expect.objectContaining({ code: 'INVALID_PARAMETER' }));
  });

  test.each(['__proto__', 'constructor', 'prototype'])('%s is refused as a key at any depth', (key) => {
    for (const name of [key, `data[${key}]`, `data[${key}][polluted]`, `data[0][${key}][]`]) {
      expect(() => decodeForm([field(name, 'x')])).toThrow(`${key} is not allowed as a key`);
    }
    expect('polluted' in {}).toBe(false);
  });
});

describe('whatever the names', () => {
  const key = fc
    .oneof(
      fc.constantFrom('a', 'b', 'Content-Type', 'x y', 'ünï', 'toString', '01', '-1'),
      fc.stringMatching(/^[^[\]]{1,8}$/),
    )
    .filter((text) => !/^(0|[1-9]\d*)$/.test(text) && !['__proto__', 'constructor', 'prototype'].includes(text));
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof({ depthSize: 'small' }, fc.string(), fc.double(), fc.boolean(), tie('list'), tie('object')),
    list: fc.array(tie('value'), { minLength: 1, maxLength: 4 }),
    object: fc.dictionary(key, tie('value'), { minKeys: 1, maxKeys: 4, noNullPrototype: true }),
  }));

  function encode(name: string, value: unknown): FormField[] {
    if (Array.isArray(value)) return value.flatMap((entry, index) => encode(`${name}[${index}]`, entry));
    if (typeof value !== 'object' || value === null) return [field(name, value)];
    return Object.entries(value).flatMap(([key, entry]) => encode(`${name}[${key}]`, entry));
  }

  test('what an object is written as decodes to it', () => {
    fc.assert(
      fc.property(value, (data) => {
        const decoded = decodeForm(encode('data', data));
        expect(decoded).toStrictEqual({ data });
        expect(JSON.stringify(decoded)).toBe(JSON.stringify({ data }));
      }),
    );
  });

  test('decoding gives a plain object or a clear error, and touches no prototype', () => {
    const piece = fc.constantFrom(
      'a',
      'b',
      '0',
      '1',
      '[',
      ']',
      '[]',
      '[0]',
      '[a]',
      '__proto__',
      'constructor',
      '[prototype]',
    );
    const name = fc.array(piece, { minLength: 1, maxLength: 8 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(fc.uniqueArray(name, { maxLength: 6 }), (names) => {
        try {
          const decoded = decodeForm(names.map((name) => field(name, name)));
          expect(Object.getPrototypeOf(decoded)).toBe(Object.prototype);
          // Every value is there, each once.
          const leaves = JSON.stringify(decoded, (_, value) => value);
          for (const name of names) expect(leaves).toContain(JSON.stringify(name));
        } catch (error) {
          expect(error).toMatchObject({ code: 'INVALID_PARAMETER' });
        }
        expect(Object.keys(Object.prototype)).toEqual([]);
      }),
    );
  });
});
