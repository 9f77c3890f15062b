import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createTimerWheel } from '../../src/timer-wheel.ts';

const DAY_MS = 24 * 3_600_000;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function createBench() {
  const start = Date.now();
  const wheel = createTimerWheel(() => Date.now() - start);
  const called: string[] = [];
  return { wheel, called, schedule: (ms: number, name: string) => wheel.schedule(ms, () => called.push(name)) };
}

it('calls back when it is time, in order, and not before', () => {
  const { called, schedule } = createBench();
  schedule(50, 'later');
  schedule(20, 'soon');
  vi.advanceTimersByTime(19);
  expect(called).toEqual([]);
  vi.advanceTimersByTime(100);
  expect(called).toEqual(['soon', 'later']);
});

it('runs only while something is scheduled: nothing is kept of what was cancelled', () => {
  const { wheel, called, schedule } = createBench();
  const cancels = Array.from({ length: 100 }, (_, n) => schedule(DAY_MS + n * 10, `${n}`));
  for (const cancel of cancels) cancel();
  vi.advanceTimersByTime(50);
  expect(vi.getTimerCount()).toBe(0);
  schedule(10, 'again');
  cancels[0]?.();
  vi.advanceTimersByTime(50);
  expect([called, vi.getTimerCount()]).toEqual([['again'], 0]);
  wheel.close();
});

it('does not call what is cancelled by what is called before it', () => {
  const { wheel, called, schedule } = createBench();
  let cancel = () => {};
  wheel.schedule(10, () => cancel());
  cancel = schedule(10, 'cancelled');
  schedule(10, 'other');
  vi.advanceTimersByTime(50);
  expect(called).toEqual(['other']);
});

it('misses nothing after a long stall', () => {
  let now = 0;
  const wheel = createTimerWheel(() => now);
  const called: number[] = [];
  for (const ms of [30_000, 10, 20_000]) wheel.schedule(ms, () => called.push(ms));
  now = 60_000;
  vi.advanceTimersByTime(10);
  expect(called).toEqual([10, 20_000, 30_000]);
});
