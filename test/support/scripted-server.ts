import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';

/** One request as its bytes arrived. */
export interface Arrival {
  head: string;
  body: string;
  socket: Socket;
  /** Of the socket, counted from 0: which connection brought it. */
  connection: number;
}

export interface ScriptedServer {
  port: number;
  arrivals: Arrival[];
  /** Resolves once so many requests have arrived in all. */
  arrived(count: number): Promise<Arrival>;
  /** Resolves once every socket that was ever opened is closed. */
  disconnected(): Promise<void>;
  connections: number;
  close(): void;
}

/** A server on loopback that answers each request with whatever bytes the script writes. */
export async function serveScript(
  script: (arrival: Arrival, index: number) => void,
  tls?: TlsOptions,
): Promise<ScriptedServer> {
  const sockets = new Set<Socket>();
  const waiting = new Set<() => void>();
  const arrivals: Arrival[] = [];
  const notify = () => {
    for (const check of waiting) check();
  };

  function serve(socket: Socket): void {
    const connection = scripted.connections++;
    let unread = '';
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => {
      sockets.delete(socket);
      notify();
    });
    socket.on('data', (bytes) => {
      unread += bytes.toString('latin1');
      for (let end = unread.indexOf('\r\n\r\n'); end !== -1; end = unread.indexOf('\r\n\r\n')) {
        const head = unread.slice(0, end);
        const length = Number(/^content-length: (\d+)$/im.exec(head)?.[1] ?? 0);
        if (unread.length < end + 4 + length) return;
        const arrival = { head, body: unread.slice(end + 4, end + 4 + length), socket, connection };
        unread = unread.slice(end + 4 + length);
        arrivals.push(arrival);
        script(arrival, arrivals.length - 1);
        notify();
      }
    });
  }

  function until<T>(result: () => T | undefined): Promise<T> {
    return new Promise((resolve) => {
      const check = () => {
        const value = result();
        if (value === undefined) return;
        waiting.delete(check);
        resolve(value);
      };
      waiting.add(check);
      check();
    });
  }

  const server: Server = tls === undefined ? createServer(serve) : createTlsServer(tls, serve);
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const scripted: ScriptedServer = {
    // A TCP server has no other kind of address.
    port: (server.address() as AddressInfo).port,
    arrivals,
    connections: 0,
    arrived: (count) => until(() => arrivals[count - 1]),
    disconnected: () => until(() => (sockets.size === 0 && scripted.connections > 0) || undefined).then(() => {}),
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
  return scripted;
}

/** A response with a body of known length. */
export function reply(body: string, headers: readonly string[] = [], status = '200 OK'): string {
  return [`HTTP/1.1 ${status}`, `Content-Length: ${Buffer.byteLength(body)}`, ...headers, '', body].join('\r\n');
}
