import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { drive, type Load, type Operation } from '../load.ts';

/** This process's side of the channel: says that it is ready, then runs what it is told to. */
export function serveRuns(operation: Operation): void {
  process.on('message', (load: Load) => {
    drive(operation, load).then(
      (run) => process.send?.({ run }),
      (error: Error) => process.send?.({ error: error.stack }),
    );
  });
  tellReady('');
}

/** Says where it listens. */
export async function serveHttp(server: Server): Promise<void> {
  server.keepAliveTimeout = 120_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // listening on a port, not on a path
  tellReady(`http://127.0.0.1:${port}`);
}

function tellReady(ready: string): void {
  process.on('disconnect', () => process.exit());
  process.send?.({ ready });
}

/** A setting that the benchmark gave. */
export function setting(name: 'THIRD_PARTY' | 'DATABASE_URL'): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
}
