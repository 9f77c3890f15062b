import { isUnavailable } from './errors.ts';

const FIRST_DELAY = 250;
const LONGEST_DELAY = 10_000;
/** About eight seconds in all: a server that is being replaced is back by then. */
const ATTEMPTS = 6;

/** Milliseconds to wait after so many failures in a row; jittered, so that pages do not come back all at once. */
export function backoff(failures: number): number {
  return Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** failures) * (0.5 + Math.random() / 2);
}

/** Ends early, and without an error, when the signal is aborted. */
export function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const finish = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', finish);
      resolve();
    };
    const timer = setTimeout(finish, milliseconds);
    signal?.addEventListener('abort', finish);
  });
}

/** Repeats what is safe to repeat while the server cannot be reached. */
export async function retried<T>(attempt: () => Promise<T>): Promise<T> {
  for (let failures = 0; ; failures++) {
    try {
      return await attempt();
    } catch (error) {
      if (!isUnavailable(error) || failures + 1 >= ATTEMPTS) throw error;
    }
    await pause(backoff(failures));
  }
}
