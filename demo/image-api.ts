import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  line: string;
  authorization: string;
  body: string;
}

export interface ImageApi {
  origin: string;
  received: Received[];
  close(): void;
}

/** A stand-in for a third party's image API, on loopback. It takes half a second for a picture, and remembers what it was asked. */
export async function startImageApi(port = 0, onReceived: (received: Received) => void = () => {}): Promise<ImageApi> {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    const asked = {
      line: `${request.method} ${request.url}`,
      authorization: request.headers.authorization ?? '',
      body,
    };
    received.push(asked);
    onReceived(asked);
    setTimeout(() => {
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify({ created: 1, data: [{ url: 'https://images.example/otter.png' }] }));
    }, 500);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const { port: taken } = server.address() as AddressInfo; // listening on a port, not on a path
  return {
    origin: `http://127.0.0.1:${taken}`,
    received,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
