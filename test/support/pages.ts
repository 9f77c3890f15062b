import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Pages {
  /** `http://127.0.0.1:PORT` */
  origin: string;
  /** Offers the HTML at `/`. */
  show(html: string): void;
  close(): void;
}

/** A web site of one page: an origin of its own. */
export async function servePages(): Promise<Pages> {
  let html = '';
  const server = createServer(({ url }, response) => {
    response
      .writeHead(url === '/' ? 200 : 404, { 'Content-Type': 'text/html; charset=utf-8' })
      .end(url === '/' && html);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // listening on a port, not on a path
  return {
    origin: `http://127.0.0.1:${port}`,
    show(page) {
      html = page;
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
