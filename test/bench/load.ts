import { setTimeout as sleep } from 'node:timers/promises';
import { percentile } from './statistics.ts';

/** Done over and over. Resolves when it is over, with the milliseconds that the third party took by its own clock. */
export type Operation = () => Promise<number>;

export type Load =
  /** Closed: so many at a time, each followed by the next. */
  | { inFlight: number; milliseconds: number }
  | { inFlight: number; count: number }
  /** Open: so many are begun each second, whatever became of those before. */
  | { perSecond: number; milliseconds: number };

export interface Run {
  perSecond: number;
  /** Milliseconds, without those that the third party took. */
  p50: number;
  p99: number;
}

/** Nothing here takes so long: an end that is not heard must not stop the benchmark for ever. */
const TIME_LIMIT_MS = 120_000;

export async function drive(operation: Operation, load: Load): Promise<Run> {
  const latencies: number[] = [];
  async function once(): Promise<void> {
    const begun = performance.now();
    const theirs = await operation();
    latencies.push(performance.now() - begun - theirs);
  }
  const start = performance.now();
  const ends = new AbortController();
  const timeUp = sleep(TIME_LIMIT_MS, undefined, { signal: ends.signal, ref: false }).then(() => {
    throw new Error(`Not over after ${TIME_LIMIT_MS} ms: the end of something was not heard`);
  });
  await Promise.race([timeUp, 'perSecond' in load ? open(once, load) : closed(once, load)]);
  const elapsed = performance.now() - start;
  ends.abort();
  timeUp.catch(() => {});
  latencies.sort((a, b) => a - b);
  return {
    perSecond: (latencies.length / elapsed) * 1000,
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
  };
}

async function closed(once: () => Promise<void>, load: Exclude<Load, { perSecond: number }>): Promise<void> {
  const deadline = 'milliseconds' in load ? performance.now() + load.milliseconds : Number.POSITIVE_INFINITY;
  let left = 'count' in load ? load.count : Number.POSITIVE_INFINITY;
  async function work(): Promise<void> {
    while (left-- > 0 && performance.now() < deadline) await once();
  }
  await Promise.all(Array.from({ length: load.inFlight }, work));
}

/** Timers have a grain of a millisecond: at 1,000 a second one or two are begun at a time. */
async function open(once: () => Promise<void>, load: { perSecond: number; milliseconds: number }): Promise<void> {
  const start = performance.now();
  const running: Promise<void>[] = [];
  for (let elapsed = 0; elapsed < load.milliseconds; elapsed = performance.now() - start) {
    const due = Math.floor((elapsed * load.perSecond) / 1000);
    while (running.length < due) running.push(once());
    await sleep(1);
  }
  await Promise.all(running);
}
