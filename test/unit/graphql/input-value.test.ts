import fc from 'fast-check';
import { buildSchema, coerceInputValue, type GraphQLInputType, isInputType, parseType, typeFromAST } from 'graphql';
import { describe, expect, it } from 'vitest';
import { plainlyFits } from '../../../src/graphql/input-value.ts';

const schema = buildSchema(`
  enum Color { RED BLUE }
  input Inner { id: ID! count: Int = 1 must: Int! = 2 colors: [Color!] }
  input Outer { name: String! inner: Inner inners: [[Inner!]!] flag: Boolean }
  input One @oneOf { a: Int b: Int }
  type Query { ok: Boolean }
`);

function typeOf(text: string): GraphQLInputType {
  const type = typeFromAST(schema, parseType(text));
  if (!isInputType(type)) throw new Error(`${text} is no input type`);
  return type;
}

function isRefused(value: unknown, type: GraphQLInputType): boolean {
  let refused = false;
  coerceInputValue(value, type, () => {
    refused = true;
  });
  return refused;
}

describe('what plainly fits its type', () => {
  it.each([
    ['Outer!', { name: 'a' }],
    ['Outer', null],
    ['Outer!', { name: 'a', inner: { id: 1, colors: ['RED', 'BLUE'] }, inners: [[{ id: 'x', must: 3 }]], flag: true }],
    ['[Int]', [1, null]],
    ['Color!', 'RED'],
  ])('%s: %j', (type, value) => {
    expect(plainlyFits(value, typeOf(type))).toBe(true);
  });

  it.each([
    ['Outer!', {}],
    ['Outer!', { name: 'a', more: 1 }],
    ['Outer!', { name: null }],
    ['Outer!', { name: 'a', __proto__: null, constructor: 1 }],
    ['Outer!', { name: 'a', inner: { id: '1', must: null } }],
    ['Int', 'one'],
    ['Color', 'GREEN'],
    ['Color', 1],
    ['Outer', []],
    ['Outer', 'a'],
    ['[Int!]', [null]],
    ['One', { a: 1, b: 2 }],
  ])('is not what graphql-js refuses, %s: %j', (type, value) => {
    expect(isRefused(value, typeOf(type))).toBe(true);
    expect(plainlyFits(value, typeOf(type))).toBe(false);
  });

  it('is never what graphql-js refuses', () => {
    const leaf = fc.oneof(fc.constantFrom(null, 1, 1.5, 'RED', 'GREEN', 'x', true, '__proto__'), fc.string());
    const names = fc.constantFrom('name', 'inner', 'inners', 'flag', 'id', 'count', 'must', 'colors', 'a', 'b', 'x');
    const { value: values } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(names, tie('value'), { maxKeys: 4 }),
      ),
    }));
    const types = ['Outer!', 'Outer', 'Inner', '[Inner!]', 'One', '[[Int]]', 'Color!', 'String'].map(typeOf);
    fc.assert(
      fc.property(values, fc.constantFrom(...types), (value, type) => {
        if (plainlyFits(value, type)) expect(isRefused(value, type)).toBe(false);
      }),
      { numRuns: 2_000 },
    );
  });
});
