import { expect, it } from 'vitest';
import { createSlots } from '../../../src/execution/slots.ts';

it('are granted up to the limit, then to whoever waits longest', () => {
  const slots = createSlots(1);
  const granted: string[] = [];
  for (const name of ['a', 'b', 'c']) slots.take(() => granted.push(name));
  expect([granted, slots.contended]).toEqual([['a'], true]);
  slots.giveBack();
  slots.giveBack();
  expect([granted, slots.contended, slots.inUse]).toEqual([['a', 'b', 'c'], false, 1]);
  slots.giveBack();
  expect(slots.inUse).toBe(0);
});

it('are not given to a newcomer while somebody waits', () => {
  const slots = createSlots(1);
  expect(slots.tryTake()).toBe(true);
  expect(slots.tryTake()).toBe(false);
  slots.take(() => {});
  slots.giveBack();
  expect([slots.tryTake(), slots.inUse]).toEqual([false, 1]);
});

it('may be given back from within being granted', () => {
  const slots = createSlots(1);
  const granted: number[] = [];
  for (let n = 0; n < 1_000; n++) {
    slots.take(() => {
      granted.push(n);
      if (n > 0) slots.giveBack();
    });
  }
  slots.giveBack();
  expect([granted.length, slots.inUse]).toEqual([1_000, 0]);
});
