import type { Operation } from './endpoint.ts';
import type { RequestState } from './request-item.ts';

/** Every subscription of the library gives its field this name. */
export interface SubscriptionData {
  request: RequestState;
}

export interface Sink {
  /** The server listens for changes from here on. */
  opened(): void;
  /** What the server sends comes through, if only its pings: nothing on the way holds the stream back. */
  alive(): void;
  next(data: SubscriptionData): void;
}

/** A way to run subscriptions. */
export interface Transport {
  /** How many subscriptions at once are wise; further requests share one stream of the history. */
  readonly streams: number;
  /**
   * Runs a subscription once, until the server ends it, the connection breaks or `signal` is aborted. Rejects with the server's error where it
   * refuses, with `NETWORK_ERROR` where the connection cannot be made or breaks.
   */
  subscribe(operation: Operation, sink: Sink, signal: AbortSignal): Promise<void>;
}

/** An AbortController that an outer signal aborts too. (`AbortSignal.any` is younger than the browsers that are still about.) */
export function linkedController(outer: AbortSignal): { controller: AbortController; unlink(): void } {
  const controller = new AbortController();
  const abort = () => controller.abort();
  if (outer.aborted) abort();
  outer.addEventListener('abort', abort);
  return { controller, unlink: () => outer.removeEventListener('abort', abort) };
}
