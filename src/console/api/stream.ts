import { readResult } from '../../client/endpoint.ts';
import { fromGraphQL, networkError } from '../../client/errors.ts';
import { createEventParser } from '../../client/event-stream.ts';
import { linkedController } from '../../client/transport.ts';
import type { Endpoint } from './endpoint.ts';

/** A stream on which not even a comment came for so many milliseconds is dead: a laptop slept, a network changed. */
const SILENCE = 45_000;

export interface Sink<T> {
  /** The server listens for changes from here on. */
  opened(): void;
  next(data: T): void;
}

/**
 * Runs a subscription once over Server-Sent Events ("distinct connections mode" of graphql-sse), until the server ends it or `signal` is aborted.
 * Rejects with a `KeyholeError`, `NETWORK_ERROR` where the connection broke.
 */
export async function stream<T>(
  endpoint: Endpoint,
  subscription: string,
  sink: Sink<T>,
  signal: AbortSignal,
): Promise<void> {
  const { controller, unlink } = linkedController(signal);
  const giveUp = () => controller.abort();
  let watchdog = setTimeout(giveUp, SILENCE);
  try {
    const reader = await open(await endpoint.post(subscription, {}, 'text/event-stream', controller.signal));
    const parse = createEventParser();
    const decoder = new TextDecoder();
    sink.opened();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      clearTimeout(watchdog);
      watchdog = setTimeout(giveUp, SILENCE);
      for (const { event, data } of parse(decoder.decode(value, { stream: true }))) {
        if (event === 'complete') return;
        if (event === 'next') sink.next(readData(data));
      }
    }
  } catch (error) {
    // A reader rejects with the browser's own error, which says no more than this.
    throw error instanceof TypeError || controller.signal.aborted ? networkError('The stream broke.', error) : error;
  } finally {
    clearTimeout(watchdog);
    unlink();
    controller.abort();
  }
}

async function open(response: Response): Promise<ReadableStreamDefaultReader<Uint8Array>> {
  if (response.body && response.headers.get('Content-Type')?.startsWith('text/event-stream')) {
    return response.body.getReader();
  }
  const { errors } = await readResult(response);
  throw errors?.length ? fromGraphQL(errors[0]) : networkError('The answer is no event stream.');
}

function readData<T>(text: string): T {
  const { data, errors } = JSON.parse(text);
  if (errors?.length) throw fromGraphQL(errors[0]);
  return data;
}
