import type { Caller } from '../applications/caller.ts';

/** Node runs timers with a longer delay at once. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** Calls back when the caller's token expires; never for a caller without one. The result calls it off. */
export function onExpiry(caller: Caller, callback: () => void): () => void {
  if (caller.kind !== 'USER') return () => {};
  const { expiresAt } = caller;
  let timer: NodeJS.Timeout;
  function wait(): void {
    const left = expiresAt - Date.now();
    if (left <= 0) callback();
    else timer = setTimeout(wait, Math.min(left, MAX_DELAY_MS)).unref();
  }
  timer = setTimeout(wait, 0).unref();
  return () => clearTimeout(timer);
}
