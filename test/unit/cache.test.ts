import { describe, expect, it } from 'vitest';
import { createLru, rememberPassed } from '../../src/cache.ts';

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
