import { parse, print } from 'graphql';
import { describe, expect, test } from 'vitest';
import { withoutRepeatedFields } from '../../../src/graphql/repeated-fields.ts';

/** In one line. */
function cleaned(text: string): string {
  return print(withoutRepeatedFields(parse(text))).replace(/\s+/g, ' ');
}

describe('a document without repeated fields', () => {
  test.each([
    ['{ a b a a b }', '{ a b }'],
    ['{ x: a x: a a: a a }', '{ x: a a: a }'],
    ['{ v { a a v { b b } b } }', '{ v { a v { b } b } }'],
    ['{ a ... on T { a a } a } fragment F on T { b b }', '{ a ... on T { a } } fragment F on T { b }'],
    ['query A { a a } subscription B { b b }', 'query A { a } subscription B { b }'],
  ])('of %s is %s', (text, expected) => {
    expect(cleaned(text)).toBe(expected);
  });

  test.each([
    '{ a(x: 1) a(x: 2) a(x: 1) }',
    '{ a @skip(if: true) a }',
    '{ v { a } v { b } }',
    '{ x: a x: b }',
    '{ a ...F a: b } fragment F on T { a }',
    '{ ...F ...F }',
  ])('keeps all of %s', (text) => {
    const document = parse(text);
    expect(withoutRepeatedFields(document)).toBe(document);
  });

  test('knows the text that was sent', () => {
    expect(withoutRepeatedFields(parse('{ a a }')).loc?.source.body).toBe('{ a a }');
  });
});
