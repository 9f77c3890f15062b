import { describe, expect, it } from 'vitest';
import { createLru } from '../../src/cache.ts';

describe('a bounded cache', () => {
  it('forgets the entry that was used longest ago', () => {
    const cache = createLru<string, number>(2);
    cache.set('a', 1);
    cache.set('b', 2);
    cache.get('a');
    cache.set('c', 3);
    expect([cache.get('a'), cache.get('b'), cache.get('c')]).toEqual([1, undefined, 3]);
    expect(cache.size).toBe(2);
  });

  it('keeps its size when an entry is replaced', () => {
    const cache = createLru<string, number>(2);
    cache.set('a', 1);
    cache.set('b', 2);
    cache.set('a', 3);
    expect([cache.get('a'), cache.get('b')]).toEqual([3, 2]);
  });

  it('drops what matches, and nothing else', () => {
    const cache = createLru<string, number>(3);
    cache.set('a', 1);
    cache.set('b', 2);
    cache.set('c', 3);
    cache.deleteWhere((value) => value > 1);
    expect([cache.get('a'), cache.get('b'), cache.get('c')]).toEqual([1, undefined, undefined]);
  });
});
