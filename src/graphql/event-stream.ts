import type { ServerResponse } from 'node:http';
import type { ExecutionResult } from 'graphql';
import { EVENT_STREAM } from './media-types.ts';

/** A stream under way. */
export interface EventStream {
  /** Ends it without `complete`, so that the client knows that there was more to come. */
  abort(): void;
  /** Resolved once it is over, whoever ended it. Never rejects. */
  over: Promise<void>;
}

export interface StreamOptions {
  pingIntervalMs: number;
  /** What the client is told when the results break off with an error. */
  toResult: (error: unknown) => ExecutionResult;
}

/**
 * Sends results as graphql-sse's distinct connections mode has it: a `next` event for each, then `complete`. The next
 * result is asked for only when the one before has left for the client's socket, so that a client which stops reading holds
 * one result and no more.
 */
export function streamEvents(
  res: ServerResponse,
  results: AsyncIterable<ExecutionResult>,
  { pingIntervalMs, toResult }: StreamOptions,
): EventStream {
  const iterator = results[Symbol.asyncIterator]();
  let aborted = false;
  res.writeHead(200, {
    'Content-Type': `${EVENT_STREAM}; charset=utf-8`,
    'Cache-Control': 'no-cache, no-transform',
    // Proxies that buffer would hold events back.
    'X-Accel-Buffering': 'no',
  });
  res.write(':\n\n');
  const ping = setInterval(() => {
    if (!res.writableNeedDrain) res.write(':\n\n');
  }, pingIntervalMs).unref();
  res.once('close', abort);

  function abort(): void {
    if (aborted) return;
    aborted = true;
    clearInterval(ping);
    res.end();
    // It may have to wait for a result that never comes; whoever listens is gone.
    iterator.return?.().catch(() => {});
  }

  async function send(result: ExecutionResult): Promise<void> {
    if (!res.write(`event: next\ndata: ${JSON.stringify(result)}\n\n`)) await drained(res);
  }

  async function pump(): Promise<void> {
    try {
      for (;;) {
        const { done, value } = await iterator.next();
        if (aborted) return;
        if (done) break;
        await send(value);
        if (aborted) return;
      }
    } catch (error) {
      if (aborted) return;
      await send(toResult(error));
    }
    clearInterval(ping);
    res.end('event: complete\ndata:\n\n');
  }

  return { abort, over: pump() };
}

/** Resolved when more may be written, or nothing ever will be. */
function drained(res: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    function settle(): void {
      res.removeListener('drain', settle);
      res.removeListener('close', settle);
      resolve();
    }
    res.once('drain', settle);
    res.once('close', settle);
  });
}
