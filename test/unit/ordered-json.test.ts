import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson } from '../../src/ordered-json.ts';

/** JSON written by hand: objects are lists of entries, so that no engine orders them. */
type Tree = string | number | boolean | null | Tree[] | { entries: [key: string, value: Tree][] };

const key = fc.oneof(
  fc.nat({ max: 20 }).map(String),
  fc.nat({ max: 2 ** 32 }).map(String),
  fc.constantFrom(
    '4294967294',
    '4294967295',
    '01',
    '-1',
    '1.5',
    '',
    '__proto__',
    'constructor',
    '"1":',
    '\\"2":',
    'toJSON',
  ),
  fc.string(),
);
const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom<Tree>(null, true, 0, 1.5, '', '"1":2', '\\', '{"2":1,"1":2}'),
    fc.string(),
    fc.array(tie('tree'), { maxLength: 4 }),
    fc
      .uniqueArray(fc.tuple(key, tie('tree')), { maxLength: 6, selector: ([name]) => name })
      .map((entries) => ({ entries })),
  ),
}));

/** `write` makes the text of a string, `space` stands wherever JSON allows space. */
function print(value: Tree, write: (text: string) => string = JSON.stringify, space = ''): string {
  if (typeof value === 'string') return write(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item) => space + print(item, write, space) + space).join(',')}]`;
  const entries = value.entries.map(([name, item]) => [write(name), ':', print(item, write, space), ''].join(space));
  return `{${entries.map((entry) => space + entry).join(',')}}`;
}

function escapedWhole(text: string): string {
  return `"${[...Array(text.length).keys()].map((at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`).join('')}"`;
}

const MIXED = '{"z":1,"10":1,"a":{"y":1,"9":2,"1":3},"2":3}';

describe('JSON', () => {
  it('keeps its keys in the order of the text, however they are written, and is otherwise what JSON.parse makes', () => {
    fc.assert(
      fc.property(tree, fc.constantFrom('', ' ', '\n\t'), fc.boolean(), (value, space, escaped) => {
        const text = print(value, escaped ? escapedWhole : JSON.stringify, space);
        expect(JSON.stringify(parseJson(text))).toBe(print(value));
        expect(parseJson(text)).toEqual(JSON.parse(text));
      }),
      { numRuns: 500 },
    );
  });

  it('shows the order in every way in which an object is read', () => {
    const object = parseJson(MIXED) as Record<string, unknown>;
    const looped: string[] = [];
    for (const name in object) looped.push(name);
    const order = ['z', '10', 'a', '2'];
    expect([looped, Object.keys(object), Reflect.ownKeys(object)]).toEqual([order, order, order]);
    expect(Object.entries(object).map(([name]) => name)).toEqual(order);
    expect(Object.values(object)).toEqual([1, 1, { y: 1, 9: 2, 1: 3 }, 3]);
    expect([object['10'], Object.hasOwn(object, '2'), '3' in object]).toEqual([1, true, false]);
    expect([Object.getPrototypeOf(object), Array.isArray(object)]).toEqual([Object.prototype, false]);
  });

  it('has the last value of a key that comes twice, where it came first', () => {
    const text = '{"b":1,"2":1,"1":{"1":0},"\\u0032":2,"b":3,"1":4}';
    expect(JSON.stringify(parseJson(text))).toBe('{"b":3,"2":2,"1":4}');
    expect(parseJson(text)).toEqual(JSON.parse(text));
  });

  it('has a key named __proto__ as its own', () => {
    const text = '{"2":1,"__proto__":{"b":1,"1":{"3":0,"__proto__":5,"2":0}},"1":2}';
    expect(JSON.stringify(parseJson(text))).toBe(text);
    expect(Object.getPrototypeOf(parseJson(text))).toBe(Object.prototype);
  });

  it('may be as deep and as large as JSON.parse takes it', () => {
    const depth = 200_000;
    let value = parseJson(`${'{"b":'.repeat(depth)}{"2":0,"1":0}${'}'.repeat(depth)}`);
    for (let level = 0; level < depth; level++) value = (value as { b: unknown }).b;
    expect(Object.keys(value as object)).toEqual(['2', '1']);
    for (const filler of ['1', '\\u0031', ' ', '#', '"1":'.replaceAll('"', '\\"')]) {
      const text = `{"${filler.repeat(1_000_000)}":0,"2":0${' '.repeat(1_000_000)},"1":0}`;
      expect(Object.keys(parseJson(text) as object).slice(1)).toEqual(['2', '1']);
    }
  });

  it('is refused where JSON.parse refuses it', () => {
    for (const text of [
      '',
      '{"1":}',
      '["x"1":2]',
      '{"1":1,}',
      '"1":1',
      '{"2":"1": 1}',
      "{'1':1}",
      '["a\\"1":2]',
      '{"1\n":1}',
    ]) {
      expect(() => JSON.parse(text), text).toThrow(SyntaxError);
      expect(() => parseJson(text), text).toThrow(SyntaxError);
    }
  });
});
