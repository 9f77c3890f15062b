import { expect, it } from 'vitest';
import { createRegistry } from '../../src/registry.ts';
import { collectAll, collectYoung, oldBytes } from '../support/old-space.ts';

it('holds what is set until it is deleted, in the order in which the keys came', () => {
  const registry = createRegistry<string, number>();
  for (const [key, value] of [
    ['a', 1],
    ['b', 2],
    ['c', 3],
  ] as const)
    registry.set(key, value);
  registry.set('b', 20);
  expect([...registry.values()]).toEqual([1, 20, 3]);
  expect([registry.delete('a'), registry.delete('a'), registry.size]).toEqual([true, false, 2]);
  expect([registry.get('a'), registry.has('a'), registry.get('b'), registry.has('b')]).toEqual([
    undefined,
    false,
    20,
    true,
  ]);
  registry.set('a', 10);
  expect([...registry.values()]).toEqual([20, 3, 10]);
});

it('may be deleted from while it is walked', () => {
  const registry = createRegistry<number, number>();
  for (let key = 0; key < 100; key++) registry.set(key, key);
  const seen: number[] = [];
  for (const value of registry.values()) {
    seen.push(value);
    registry.delete(value);
    registry.delete(value + 1);
  }
  expect(seen).toEqual(Array.from({ length: 50 }, (_, index) => index * 2));
  expect(registry.size).toBe(0);
});

// With a `Map` in its place half of it or more stays.
it('leaves what was deleted to the collector of the young', () => {
  const registry = createRegistry<string, object>();
  let number = 0;
  function pass(count: number): void {
    for (const end = number + count; number < end; number++) {
      registry.set(
        `key ${number}`,
        Array.from({ length: 200 }, () => ({ number })),
      );
      registry.delete(`key ${number - 256}`);
    }
  }
  pass(1_000);
  collectAll();
  const before = oldBytes();
  for (let round = 0; round < 10; round++) {
    pass(1_000);
    collectYoung();
  }
  // 10,000 of 200 objects each are 70 MB, of which 256 are held at a time.
  expect(oldBytes() - before).toBeLessThan(20_000_000);
});
