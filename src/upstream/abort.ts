// pure
import type { RequestError } from '../requests/request.ts';

/** Tells an exchange to stop, and why: the reason becomes the request's error. Cheaper than an AbortSignal for each exchange. */
export interface Abort {
  /**
   * Null while it may go on. Asked once more right before the first byte leaves. A method, since accessors that an object is
   * made with live in old space: the exchange would stay until the next full collection.
   */
  reason(): RequestError | null;
  /** At most one callback; called at once if it was aborted before. */
  onAbort(callback: (reason: RequestError) => void): void;
}

/** `guard` says why it must not begin, as of the moment when it is asked. */
export function createAbort(
  guard: () => RequestError | null = () => null,
): Abort & { abort(reason: RequestError): void } {
  let reason: RequestError | null = null;
  let callback: ((reason: RequestError) => void) | undefined;
  return {
    reason: () => reason ?? guard(),
    onAbort(listener) {
      callback = listener;
      if (reason !== null) listener(reason);
    },
    abort(given) {
      if (reason !== null) return;
      reason = given;
      callback?.(given);
    },
  };
}
