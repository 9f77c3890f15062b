// pure
/** Counts what is under way, so that somebody can wait for its end. */
export interface Tally {
  readonly size: number;
  during<T>(work: () => Promise<T>): Promise<T>;
  /** Resolves once nothing is under way. */
  empty(): Promise<void>;
}

export function createTally(): Tally {
  let size = 0;
  let emptied: (() => void)[] = [];

  return {
    get size() {
      return size;
    },
    async during(work) {
      size++;
      try {
        return await work();
      } finally {
        size--;
        if (size === 0) {
          for (const tell of emptied) tell();
          emptied = [];
        }
      }
    },
    async empty() {
      if (size > 0) await new Promise<void>((resolve) => emptied.push(resolve));
    },
  };
}
