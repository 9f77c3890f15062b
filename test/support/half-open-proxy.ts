import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface HalfOpenProxy {
  /** On 127.0.0.1. */
  port: number;
  /** From now on what arrives is swallowed, on old connections and on new ones: nothing is answered and nothing is closed. */
  swallow(): void;
  /** New connections pass again; those that were swallowed stay as they are. */
  heal(): void;
  close(): Promise<void>;
}

/** Stands between a client and a server (its port on loopback, or its socket) like a network that goes silent. */
export async function startHalfOpenProxy(target: number | string): Promise<HalfOpenProxy> {
  const sockets = new Set<Socket>();
  const piped = new Set<() => void>();
  let swallowing = false;

  function track(socket: Socket): Socket {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    return socket.on('error', () => {});
  }

  const server = createServer((client) => {
    track(client);
    if (swallowing) {
      client.resume();
      return;
    }
    const upstream = track(typeof target === 'number' ? connect(target, '127.0.0.1') : connect(target));
    client.pipe(upstream).pipe(client);
    piped.add(() => {
      client.unpipe(upstream).resume();
      upstream.unpipe(client).resume();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    port: (server.address() as AddressInfo).port, // listening on a port, not on a path
    swallow() {
      swallowing = true;
      for (const cut of piped) cut();
      piped.clear();
    },
    heal() {
      swallowing = false;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
