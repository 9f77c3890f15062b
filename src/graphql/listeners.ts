import { type Caller, ownerOf } from '../applications/caller.ts';
import { KeyholeError } from '../errors.ts';

/** Counts the subscriptions of callers, over all of their sockets and streams. */
export interface Listeners {
  /** Takes a place for one more; give it back by calling the result, once. Throws RATE_LIMITED when there is none. */
  take(caller: Caller): () => void;
  /** Places that are taken now. */
  readonly size: number;
}

/** When to try again: another subscription must end first, and nobody knows when. */
const RETRY_AFTER_MS = 1_000;

export function createListeners(maxPerCaller: number): Listeners {
  const counts = new Map<string, number>();
  let size = 0;
  return {
    get size() {
      return size;
    },
    take(caller) {
      const key = caller.kind === 'OPERATOR' ? 'operator' : `${caller.application.id}:${ownerOf(caller)}`;
      const count = counts.get(key) ?? 0;
      if (count >= maxPerCaller) throw tooManySubscriptions(`one caller may have ${maxPerCaller}`);
      counts.set(key, count + 1);
      size++;
      return () => {
        size--;
        const left = (counts.get(key) ?? 1) - 1;
        if (left === 0) counts.delete(key);
        else counts.set(key, left);
      };
    },
  };
}

export function tooManySubscriptions(limit: string): KeyholeError {
  return new KeyholeError('RATE_LIMITED', `Too many subscriptions: ${limit}.`, { retryAfterMs: RETRY_AFTER_MS });
}
