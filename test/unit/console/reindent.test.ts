import fc from 'fast-check';
import { expect, test } from 'vitest';
import { reindent } from '../../../src/console/requests/reindent.ts';

test('whatever the JSON and its white space, it is indented as JSON.stringify would', () => {
  fc.assert(
    fc.property(fc.json(), fc.constantFrom(0, 1, 3, '\t', '\r\n '), (json, space) => {
      const value: unknown = JSON.parse(json);
      expect(reindent(JSON.stringify(value, null, space))).toBe(JSON.stringify(value, null, 2));
    }),
  );
});

test('numbers and escapes stay to the letter', () => {
  expect(reindent('{"n":12345678901234567890,"x":1.0e+2,"s":"\\u00e9 \\" } ,"}')).toBe(
    '{\n  "n": 12345678901234567890,\n  "x": 1.0e+2,\n  "s": "\\u00e9 \\" } ,"\n}',
  );
});
