import type { Signal } from '@preact/signals';
import { backoff, pause } from '../../client/backoff.ts';
import { isTransient, KeyholeError } from '../../client/errors.ts';
import { linkedController } from '../../client/transport.ts';
import type { Endpoint } from './endpoint.ts';
import { stream } from './stream.ts';

/** Whether changes are heard: `broken` is being mended, `over` is not. */
export type Liveness = 'connecting' | 'live' | 'broken' | 'over';

export interface Feed<T> {
  /** Without variables: what to listen to is the caller's whole, so that nothing leaves a list unheard. */
  subscription: string;
  receive(data: T): void;
  /** Reads how things stand: whenever a stream opens, since it tells changes alone, and while none comes through. */
  read(): Promise<void>;
}

/** Hears a feed until `signal` is aborted, connecting again whenever a stream ends. `liveness` tells how it goes. */
export async function follow<T>(
  endpoint: Endpoint,
  feed: Feed<T>,
  liveness: Signal<Liveness>,
  signal: AbortSignal,
): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    await visible(signal);
    const { controller, unlink } = linkedController(signal);
    // Over HTTP/1.1 a browser opens six connections to a server, for all tabs together: those that nobody sees give theirs back.
    const hide = () => document.hidden && controller.abort();
    document.addEventListener('visibilitychange', hide);
    const sink = {
      opened() {
        failures = 0;
        liveness.value = 'live';
        void feed.read();
      },
      next: feed.receive,
    };
    try {
      await stream(endpoint, feed.subscription, sink, controller.signal);
    } catch (error) {
      if (!controller.signal.aborted && !isTransient(error)) return end(endpoint, error, liveness);
      if (!controller.signal.aborted) void feed.read();
    } finally {
      document.removeEventListener('visibilitychange', hide);
      unlink();
    }
    if (signal.aborted) return;
    liveness.value = 'broken';
    if (!document.hidden) await pause(backoff(failures++), signal);
  }
}

function end(endpoint: Endpoint, error: unknown, liveness: Signal<Liveness>): void {
  liveness.value = 'over';
  if (error instanceof KeyholeError && error.code === 'UNAUTHENTICATED') endpoint.refuse(error);
}

/** Resolves once somebody may be looking. */
function visible(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (document.hidden && !signal.aborted) return;
      document.removeEventListener('visibilitychange', look);
      signal.removeEventListener('abort', look);
      resolve();
    };
    document.addEventListener('visibilitychange', look);
    signal.addEventListener('abort', look);
    look();
  });
}
