import type { Bench } from './bench.ts';
import type { Load, Run } from './load.ts';
import { type Comparison, type Measure, measure } from './measure.ts';
import { spreadOf } from './statistics.ts';
import { short } from './table.ts';

/** What is measured beside others, in the same rounds. */
export interface Contender {
  name: string;
  run(load: Load): Promise<Run>;
}

export interface Plan {
  /** Stands before the names of the measures. */
  title: string;
  load: Load;
  rounds: number;
  /** Of a run of each contender, 64 in flight, that is not counted; 0 where it is warm. */
  warmUpMs?: number;
}

/** The runs of one contender. */
export interface Result {
  runs: readonly Run[];
  /** The rate, with its latencies beside it. */
  rate(...compare: ((of: Measure) => Comparison)[]): Measure;
  /** A figure made from each run. */
  of(what: string, unit: string, figure: (run: Run) => number, ...compare: ((of: Measure) => Comparison)[]): Measure;
}

/** Short runs of each in turn, A B C A B C …, so that what slows the machine for a while slows all of them. */
export async function interleave<Name extends string>(
  bench: Bench,
  contenders: Readonly<Record<Name, Contender>>,
  { title, load, rounds, warmUpMs = 0 }: Plan,
): Promise<Record<Name, Result>> {
  const entries = Object.entries(contenders) as [Name, Contender][]; // the keys of a record are its names
  if (warmUpMs > 0) {
    for (const [, { name, run }] of entries) {
      bench.progress(`${title}: ${name}, warming up`);
      await run({ inFlight: 64, milliseconds: warmUpMs });
    }
  }
  const runs = new Map<Name, Run[]>(entries.map(([key]) => [key, []]));
  for (let round = 1; round <= rounds; round++) {
    for (const [key, { name, run }] of entries) {
      const result = await run(load);
      runs.get(key)?.push(result);
      bench.progress(`${title}: ${name}, round ${round} of ${rounds}: ${short(result.perSecond)}/s`);
    }
  }
  const results = entries.map(([key, { name }]) => [key, resultOf(`${title}: ${name}`, runs.get(key) ?? [])]);
  return Object.fromEntries(results) as Record<Name, Result>; // the same keys
}

function resultOf(name: string, runs: readonly Run[]): Result {
  const of: Result['of'] = (what, unit, figure, ...compare) =>
    measure(what === '' ? name : `${name}, ${what}`, unit, spreadOf(runs.map(figure)), compare);
  return {
    runs,
    of,
    rate: (...compare) => ({
      ...of('', '/s', (run) => run.perSecond, ...compare),
      latency: { p50: spreadOf(runs.map((run) => run.p50)), p99: spreadOf(runs.map((run) => run.p99)) },
    }),
  };
}
