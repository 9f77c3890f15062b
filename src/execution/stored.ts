// pure
/** Repeats `attempt` until it is stored: what a third party answered is kept while the database is away. */
export type UntilStored = <T>(attempt: () => Promise<T>) => Promise<T>;

export interface UntilStoredOptions {
  /** The database did not answer: the same attempt may succeed later. */
  isUnavailable(error: unknown): boolean;
  onTrouble(error: unknown): void;
  /** Resolves after so many milliseconds; rejects when the process gives up. */
  pause(ms: number): Promise<void>;
}

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2_000;

/** Gives up only on errors that repeating cannot mend. */
export function createUntilStored({ isUnavailable, onTrouble, pause }: UntilStoredOptions): UntilStored {
  return async (attempt) => {
    for (let wait = FIRST_PAUSE_MS; ; wait = Math.min(wait * 2, LONGEST_PAUSE_MS)) {
      try {
        return await attempt();
      } catch (error) {
        onTrouble(error);
        if (!isUnavailable(error)) throw error;
        await pause(wait * (0.5 + Math.random() / 2));
      }
    }
  };
}
