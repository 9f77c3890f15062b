import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** What Node keeps of a request's headers, names and values; it drops the rest without a word. */
const MAX_RAW_HEADERS = 2_000;

/** Whether the request asks for a WebSocket, and for nothing else. */
export function asksForWebSocket(req: IncomingMessage): boolean {
  return req.headers.upgrade?.toLowerCase() === 'websocket';
}

/**
 * Answers a request as if it had no `Upgrade` (RFC 9110 7.8): curl --http2 and Java's HttpClient offer `h2c` with whatever
 * they ask. Node 20 cannot be told which upgrades are wanted, and lets go of the connection at every one. So the server gets
 * it back as a new one, which begins with the same request without that header; `rest` is what was read behind its headers.
 */
export function ignoreUpgrade(server: Server, req: IncomingMessage, rest: Buffer): void {
  const { socket } = req;
  // The length of the body may be among what was dropped, and what follows would be taken for a request.
  if (req.rawHeaders.length >= MAX_RAW_HEADERS) return void socket.destroy();
  server.emit('connection', socket);
  socket.pause();

  function repeat(): void {
    // A client may send before the answer to its request before has come; of that the new connection knows nothing.
    const earlier = answerUnderWay(socket);
    if (earlier) return void earlier.once('finish', repeat);
    if (!socket.writable) return;
    // Where there was one, that said how long the connection may be idle.
    socket.setTimeout(0);
    socket.unshift(rest);
    socket.unshift(headOf(req));
    socket.resume();
  }
  repeat();
}

/** The request line and the headers as they came. Not a byte longer: Node limits them. */
function headOf({ method, url, httpVersion, rawHeaders }: IncomingMessage): Buffer {
  let head = `${method} ${url} HTTP/${httpVersion}\r\n`;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    if (rawHeaders[at]?.toLowerCase() !== 'upgrade') head += `${rawHeaders[at]}:${rawHeaders[at + 1]}\r\n`;
  }
  return Buffer.from(`${head}\r\n`, 'latin1');
}

/** Node has no other way to tell. */
function answerUnderWay(socket: Socket & { _httpMessage?: ServerResponse | null }): ServerResponse | null {
  return socket._httpMessage ?? null;
}
