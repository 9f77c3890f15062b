import { describe, expect, it } from 'vitest';
import { createLru, rememberPassed } from '../../src/cache.ts';

describe('a bounded cache', () => {
  it('keeps the half that was used last, and never more than it may', () => {
    const cache = createLru<number, number>(10);
    for (let key = 0; key < 1000; key++) {
      cache.set(key, key);
      cache.get(0);
      expect(cache.size).toBeLessThanOrEqual(10);
      for (let recent = Math.max(0, key - 3); recent <= key; recent++) expect(cache.peek(recent)).toBe(recent);
      expect(cache.peek(0)).toBe(0);
    }
    expect(cache.peek(500)).toBeUndefined();
  });

  it('holds one entry where it may hold one', () => {
    const cache = createLru<string, number>(1);
    cache.set('a', 1);
    expect([cache.get('a'), cache.size]).toEqual([1, 1]);
    cache.set('b', 2);
    expect([cache.get('a'), cache.get('b'), cache.size]).toEqual([undefined, 2, 1]);
  });

  it('keeps its size when an entry is replaced', () => {
    const cache = createLru<string, number>(4);
    for (const value of [1, 2, 3]) {
      cache.set('a', value);
      cache.set('b', value);
      expect([cache.get('a'), cache.get('b'), cache.size]).toEqual([value, value, 2]);
    }
    cache.delete('a');
    expect([cache.get('a'), cache.size]).toEqual([undefined, 1]);
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

describe('a remembered check', () => {
  it('is made once for a text that passes, and each time for one that does not', () => {
    const asked: string[] = [];
    const check = rememberPassed((text) => {
      asked.push(text);
      if (text === 'bad') throw new Error('bad');
    }, 2);
    for (const text of ['a', 'a', 'b', 'a']) check(text);
    for (let time = 0; time < 2; time++) expect(() => check('bad')).toThrow('bad');
    expect(asked).toEqual(['a', 'b', 'bad', 'bad']);
  });

  it('remembers no more than it may, and nothing long', () => {
    let asked = 0;
    const check = rememberPassed(() => asked++, 2);
    for (const text of ['a', 'b', 'c', 'a']) check(text);
    expect(asked).toBe(4);
    for (let time = 0; time < 2; time++) check('x'.repeat(5_000));
    expect(asked).toBe(6);
  });
});
