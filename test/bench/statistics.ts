// pure
/** Of the same figure in several rounds. */
export interface Spread {
  median: number;
  min: number;
  max: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return {
    median: (at(sorted, Math.floor(middle)) + at(sorted, Math.ceil(middle))) / 2,
    min: at(sorted, 0),
    max: at(sorted, sorted.length - 1),
  };
}

/** The value below which `share` (0.99) of the sorted ones lie. */
export function percentile(sorted: readonly number[], share: number): number {
  return at(sorted, Math.min(sorted.length - 1, Math.floor(sorted.length * share)));
}

function at(values: readonly number[], index: number): number {
  const value = values[index];
  if (value === undefined) throw new Error('Nothing was measured');
  return value;
}
