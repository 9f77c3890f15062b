// pure
/**
 * Repeats `attempt` until it is stored: what a third party answered is kept while the database is away. Gives up on errors
 * that repeating cannot mend, unless `patience` is endless.
 */
export type UntilStored = <T>(attempt: () => Promise<T>, patience?: 'endless') => Promise<T>;

export interface UntilStoredOptions {
  /** The database did not answer, or undid it for another's sake: the same attempt may succeed later. */
  isTransient(error: unknown): boolean;
  onTrouble(error: unknown): void;
  /** Resolves after so many milliseconds; rejects when the process gives up. */
  pause(ms: number): Promise<void>;
}

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2_000;

export function createUntilStored({ isTransient, onTrouble, pause }: UntilStoredOptions): UntilStored {
  return async (attempt, patience) => {
    for (let wait = FIRST_PAUSE_MS; ; wait = Math.min(wait * 2, LONGEST_PAUSE_MS)) {
      try {
        return await attempt();
      } catch (error) {
        onTrouble(error);
        if (patience !== 'endless' && !isTransient(error)) throw error;
        await pause(wait * (0.5 + Math.random() / 2));
      }
    }
  };
}
