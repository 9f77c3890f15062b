// pure
import type { Spread } from './statistics.ts';

/** One row of the table. */
export interface Measure {
  name: string;
  unit: string;
  spread: Spread;
  /** Milliseconds, for what has a rate and latencies. */
  latency?: { p50: Spread; p99: Spread };
  comparisons: Comparison[];
}

export interface Comparison {
  ratioTo: string | null;
  ratio: number | null;
  /** Such as `≥ 0.60 ×`. */
  target: string | null;
  met: boolean | null;
}

/** What `--json` writes. */
export interface Figure extends Spread, Comparison {
  name: string;
  unit: string;
}

interface Bounds {
  /** Of the ratio. */
  atLeast?: number;
  atMost?: number;
  /** Of the figure itself; either is enough. */
  orAtLeast?: number;
}

/** To what else was measured in the same rounds: a ratio of medians. */
export function against(floor: Measure, { atLeast, atMost, orAtLeast }: Bounds = {}): (of: Measure) => Comparison {
  return ({ spread, unit }) => {
    const ratio = spread.median / floor.spread.median;
    const met = (atLeast === undefined || ratio >= atLeast) && (atMost === undefined || ratio <= atMost);
    const texts = [
      atLeast === undefined ? [] : `≥ ${atLeast.toFixed(2)} ×`,
      atMost === undefined ? [] : `≤ ${atMost.toFixed(2)} ×`,
      orAtLeast === undefined ? [] : `or ≥ ${orAtLeast} ${unit}`,
    ].flat();
    const isTarget = texts.length > 0;
    return {
      ratioTo: floor.name,
      ratio,
      target: isTarget ? texts.join(' ') : null,
      met: isTarget ? met || (orAtLeast !== undefined && spread.median >= orAtLeast) : null,
    };
  };
}

/** A target for the figure itself. */
export function atMost(limit: number): (of: Measure) => Comparison {
  return ({ spread, unit }) => ({
    ratioTo: null,
    ratio: null,
    target: `≤ ${limit} ${unit}`,
    met: spread.median <= limit,
  });
}

export function measure(
  name: string,
  unit: string,
  spread: Spread,
  compare: readonly ((of: Measure) => Comparison)[] = [],
): Measure {
  const alone: Measure = { name, unit, spread, comparisons: [] };
  return { ...alone, comparisons: compare.map((with_) => with_(alone)) };
}

const NO_COMPARISON: Comparison = { ratioTo: null, ratio: null, target: null, met: null };

/** One for each comparison, and for each latency. */
export function toFigures({ name, unit, spread, latency, comparisons }: Measure): Figure[] {
  const compared = comparisons.length === 0 ? [NO_COMPARISON] : comparisons;
  const figures = compared.map((comparison) => ({ name, unit, ...spread, ...comparison }));
  if (latency === undefined) return figures;
  const latencies = (['p50', 'p99'] as const).map((which) => ({
    name: `${name}, ${which}`,
    unit: 'ms',
    ...latency[which],
    ...NO_COMPARISON,
  }));
  return [...figures, ...latencies];
}
