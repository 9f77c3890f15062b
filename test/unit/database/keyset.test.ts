import { assert, constantFrom, integer, nat, property, record, string, uniqueArray, uuid } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PageRequest, parsePage, toPage } from '../../../src/database/keyset.ts';
import { KeyholeError } from '../../../src/errors.ts';
import type { Page, PageArguments } from '../../../src/page.ts';

/** What a store does with a request, over an ordered list. */
function read(keys: readonly string[], request: PageRequest): Page<string> {
  const { after, before, backward, limit } = request;
  const inside = keys.filter((key) => (after === null || key > after) && (before === null || key < before));
  const rows = (backward ? inside.toReversed() : inside).slice(0, limit + 1);
  return toPage(rows, request, (key) => key);
}

const page = (keys: readonly string[], args: PageArguments) => read(keys, parsePage(args));
const nodes = (result: Page<string>) => result.edges.map((edge) => edge.node);
const sortedKeys = uniqueArray(uuid(), { maxLength: 60 }).map((keys) => keys.sort());

function faultOf(args: PageArguments): string | undefined {
  try {
    parsePage(args);
  } catch (error) {
    if (error instanceof KeyholeError && error.code === 'INVALID_PARAMETER') return error.details.parameter;
    throw error;
  }
  return undefined;
}

describe('a walk through pages', () => {
  it('meets every row once, in order, whatever the size and the direction', () => {
    assert(
      property(
        sortedKeys,
        integer({ min: 1, max: 100 }),
        constantFrom('forward', 'backward'),
        (keys, size, direction) => {
          const met: string[] = [];
          let cursor: string | undefined;
          for (;;) {
            const result = page(
              keys,
              direction === 'forward' ? { first: size, after: cursor } : { last: size, before: cursor },
            );
            if (direction === 'forward') met.push(...nodes(result));
            else met.unshift(...nodes(result));
            cursor = (direction === 'forward' ? result.edges.at(-1) : result.edges[0])?.cursor;
            if (!(direction === 'forward' ? result.hasNextPage : result.hasPreviousPage)) break;
          }
          expect(met).toEqual(keys);
        },
      ),
    );
  });

  it('neither skips nor repeats a row that stays while others come and go', () => {
    assert(
      property(sortedKeys, integer({ min: 1, max: 10 }), nat(), (keys, size, seed) => {
        const staying = keys.filter((_, index) => (index + seed) % 3 !== 0);
        const met: string[] = [];
        let result = page(keys, { first: size });
        met.push(...nodes(result));
        while (result.hasNextPage) {
          result = page(staying, { first: size, after: result.edges.at(-1)?.cursor });
          met.push(...nodes(result));
        }
        expect(met.filter((key) => staying.includes(key))).toEqual(staying);
        expect(new Set(met).size).toBe(met.length);
      }),
    );
  });

  it('goes back to where it came from', () => {
    assert(
      property(sortedKeys, integer({ min: 1, max: 10 }), (keys, size) => {
        const there = page(keys, { first: size });
        const next = page(keys, { first: size, after: there.edges.at(-1)?.cursor });
        if (!there.hasNextPage) return;
        expect(nodes(page(keys, { last: size, before: next.edges[0]?.cursor }))).toEqual(nodes(there));
      }),
    );
  });
});

describe('page arguments', () => {
  it('are 25 forward unless told', () => {
    expect(parsePage({})).toEqual({ limit: 25, backward: false, after: null, before: null });
    expect(parsePage({ first: null, last: null, after: null, before: null })).toEqual(parsePage({}));
  });

  it('read backward with `before` alone', () => {
    const [edge] = page(['00000000-0000-7000-8000-000000000000'], {}).edges;
    expect(parsePage({ before: edge?.cursor }).backward).toBe(true);
    expect(parsePage({ before: edge?.cursor, first: 5 }).backward).toBe(false);
  });

  it('may ask for nothing, and hear whether there is something', () => {
    const keys = ['00000000-0000-7000-8000-000000000000'];
    expect(page(keys, { first: 0 })).toEqual({ edges: [], hasNextPage: true, hasPreviousPage: false });
    expect(page([], { last: 0 })).toEqual({ edges: [], hasNextPage: false, hasPreviousPage: false });
  });

  it('are refused by name when too large, negative, or both given', () => {
    expect(faultOf({ first: 101 })).toBe('first');
    expect(faultOf({ first: -1 })).toBe('first');
    expect(faultOf({ last: 101 })).toBe('last');
    expect(faultOf({ last: -1 })).toBe('last');
    expect(faultOf({ first: 1, last: 1 })).toBe('first');
    expect(faultOf({ first: 100 })).toBeUndefined();
  });

  it('take no cursor but their own', () => {
    const [edge] = page(['00000000-0000-7000-8000-000000000000'], {}).edges;
    const cursor = edge?.cursor ?? '';
    expect(faultOf({ after: `${cursor}=` })).toBe('after');
    expect(faultOf({ after: ` ${cursor}` })).toBe('after');
    expect(faultOf({ before: '' })).toBe('before');
    assert(
      property(record({ text: string() }), ({ text }) => {
        if (text !== cursor) expect(faultOf({ before: text })).toBe('before');
      }),
    );
  });
});
