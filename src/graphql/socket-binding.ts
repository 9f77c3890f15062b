import type { Duplex } from 'node:stream';
import type { Server } from 'graphql-ws';
import type { WebSocket, WebSocketServer } from 'ws';
import { parseJson } from '../ordered-json.ts';
import type { ReportError } from './error-mapping.ts';

/** Bytes that may wait for a client that does not read, before no more is read from it. */
const MAX_WAITING_BYTES = 1024 * 1024;

/** A close frame holds 123; half a character at the end becomes one of three bytes. */
const MAX_REASON_BYTES = 120;

const UNRESPONSIVE = new WeakSet<WebSocket>();

/**
 * Connects a socket of `ws` to graphql-ws. Its own binding prints errors to the console and keeps a timer for each socket;
 * this one does neither, and reads no more from a client that does not read its answers. `stream` is what `socket` writes to.
 */
export function bindSocket<Extra>(
  server: Server<Extra>,
  socket: WebSocket,
  stream: Duplex,
  extra: Extra,
  report: ReportError,
): void {
  const gather = createGathering(stream);
  const closed = server.opened(
    {
      protocol: socket.protocol,
      // Resolves when the message has left for the network: graphql-ws asks for the next event only then.
      send: (data) =>
        new Promise((resolve) => {
          if (socket.readyState !== socket.OPEN) return resolve();
          gather();
          // An error here is the end of the socket, which says so itself.
          socket.send(data, () => {
            if (socket.isPaused && socket.bufferedAmount < MAX_WAITING_BYTES) socket.resume();
            resolve();
          });
          if (socket.bufferedAmount >= MAX_WAITING_BYTES) socket.pause();
        }),
      close: (code, reason) => socket.close(code, fitting(reason)),
      onMessage: (take) =>
        socket.on('message', (data) => {
          // graphql-ws takes for parsed what is no text; its types know the text alone.
          take(readMessage(String(data)) as string).catch((error: unknown) => {
            report(error, 'websocket');
            socket.close(4500, 'Internal server error');
          });
        }),
    },
    extra,
  );
  socket.on('pong', () => UNRESPONSIVE.delete(socket));
  // A message that is too long, a frame that is none: `ws` closes the socket with the code for it.
  socket.on('error', () => {});
  socket.once(
    'close',
    (code, reason) => void closed(code, String(reason)).catch((error) => report(error, 'websocket')),
  );
}

/** What is written from a call until nothing more is to be done at once leaves together: a write each costs more than making them. */
function createGathering(stream: Duplex): () => void {
  let gathering = false;
  function release(): void {
    gathering = false;
    stream.uncork();
  }
  return () => {
    if (gathering) return;
    gathering = true;
    stream.cork();
    process.nextTick(release);
  };
}

/** Parsed here, since JSON.parse of graphql-ws would order keys anew. What is no object stays text: that it refuses itself. */
function readMessage(text: string): unknown {
  try {
    const message = parseJson(text);
    return typeof message === 'object' ? message : text;
  } catch {
    return text;
  }
}

/** `ws` throws where a reason is longer than a close frame holds, and graphql-ws puts the client's own IDs into some. */
function fitting(reason = ''): string {
  return Buffer.from(reason).subarray(0, MAX_REASON_BYTES).toString();
}

/** Pings every socket, and ends those that did not answer the ping before. One timer for all. The result stops it. */
export function keepAlive(wss: WebSocketServer, intervalMs: number): () => void {
  const timer = setInterval(() => {
    for (const socket of wss.clients) {
      if (UNRESPONSIVE.has(socket)) {
        socket.terminate();
        continue;
      }
      UNRESPONSIVE.add(socket);
      socket.ping();
    }
  }, intervalMs).unref();
  return () => clearInterval(timer);
}
