// pure
/** Where one age ends and the next begins, in milliseconds since the submission; the last has no end. */
export const AGES_MS = [1_000, 10_000, 60_000, 600_000] as const;

export interface WaitingByAge {
  /** One more than there are borders. */
  counts: number[];
  /** Of the oldest; 0 where nothing waits. */
  oldestMs: number;
}
