import { backoff, pause } from './backoff.ts';
import type { Endpoint, Operation } from './endpoint.ts';
import { isTransient } from './errors.ts';
import type { RequestState } from './request-item.ts';
import { linkedController, type Transport } from './transport.ts';

/** Milliseconds within which something must have come: of a feed that speaks first its state, of another at least a ping. */
const FIRST_WORD = 5_000;
/** Milliseconds for which asking replaces streams once they were found to be blocked. */
const BLOCKED_FOR = 60_000;
/** A stream that lived so many milliseconds was a good one: the next failure counts as the first. */
const GOOD_STREAM = 5_000;

export interface Connection {
  endpoint: Endpoint;
  transport: Transport;
  /** Until then (`Date.now()`) something between here and the server is known to hold streams back. */
  blockedUntil: number;
}

/** Something to hear about: by a stream, or by asking where streams are blocked. */
export interface Feed {
  operation: Operation;
  /** The server tells the state at once, so that pings alone mean that something holds the stream back. */
  speaksFirst: boolean;
  /** Milliseconds between questions where streams are blocked. */
  interval(): number;
  opened?(): void;
  receive(state: RequestState): void;
  /** Learns by an ordinary query what the stream would have told. */
  ask(): Promise<void>;
}

/**
 * Hears a feed until `signal` is aborted: connects again when a stream ends, at once patient and jittered, and asks instead where no stream
 * comes through although the server can be asked. Rejects with the error that ended it for good (`UNAUTHENTICATED`, `NOT_FOUND` …).
 */
export async function follow(connection: Connection, feed: Feed, signal: AbortSignal): Promise<void> {
  let failures = 0;
  let unheard = 0;
  while (!signal.aborted) {
    if (Date.now() < connection.blockedUntil) {
      failures = (await asked(feed, signal)) ? 0 : failures + 1;
      await pause(failures === 0 ? feed.interval() : backoff(failures), signal);
      continue;
    }
    const begun = Date.now();
    const stream = await listenOnce(connection.transport, feed, signal);
    if (signal.aborted) return;
    if (stream === 'heard') {
      unheard = 0;
      if (Date.now() - begun > GOOD_STREAM) failures = 0;
    } else if (await asked(feed, signal)) {
      // One stream that failed may be chance (the server just came back); two in a row, or silence, are not.
      unheard += stream === 'silent' ? 2 : 1;
      if (unheard >= 2) connection.blockedUntil = Date.now() + BLOCKED_FOR;
    }
    await pause(backoff(failures++), signal);
  }
}

async function listenOnce(
  transport: Transport,
  feed: Feed,
  signal: AbortSignal,
): Promise<'heard' | 'unheard' | 'silent'> {
  const { controller, unlink } = linkedController(signal);
  let heard = false;
  const timer = setTimeout(() => !heard && controller.abort(), FIRST_WORD);
  const sink = {
    opened: () => feed.opened?.(),
    alive() {
      heard ||= !feed.speaksFirst;
    },
    next({ request }: { request: RequestState }) {
      heard = true;
      feed.receive(request);
    },
  };
  try {
    await transport.subscribe(feed.operation, sink, controller.signal);
  } catch (error) {
    if (!controller.signal.aborted && !isTransient(error)) throw error;
  } finally {
    clearTimeout(timer);
    unlink();
  }
  if (heard) return 'heard';
  return controller.signal.aborted ? 'silent' : 'unheard';
}

/** Whether an ordinary query comes through. */
async function asked(feed: Feed, signal: AbortSignal): Promise<boolean> {
  try {
    await feed.ask();
    return true;
  } catch (error) {
    if (!signal.aborted && !isTransient(error)) throw error;
    return false;
  }
}
