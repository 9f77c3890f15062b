import type { IncomingMessage, ServerResponse } from 'node:http';

/** How long, and for how many bytes more, a client may go on sending what nobody reads. */
const MAX_MS = 5_000;
const MAX_BYTES = 32 * 1024 * 1024;

/**
 * Ends an answer whose headers are set, with its whole body. Where the connection closes with it, and the client is not done
 * sending, the answer leaves at once but the connection closes only after the rest has come: closed before, it would be reset,
 * and the client would lose the answer that it has not read yet (RFC 9112 9.6). One that stays open Node empties by itself.
 */
export function endAnswer(req: IncomingMessage, res: ServerResponse, body: string): void {
  if (req.complete || req.destroyed || res.shouldKeepAlive) return void res.end(body);
  res.write(body);
  endAfterBody(req, res);
}

function endAfterBody(req: IncomingMessage, res: ServerResponse): void {
  let left = MAX_BYTES;
  const timer = setTimeout(close, MAX_MS).unref();
  function drop(chunk: Buffer): void {
    left -= chunk.length;
    if (left < 0) close();
  }
  function close(): void {
    clearTimeout(timer);
    req.removeListener('data', drop);
    req.removeListener('close', close);
    res.end();
  }
  req.on('data', drop);
  // After its end, or with its connection.
  req.once('close', close);
}
