import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Arrival } from './judge.ts';
import type { Random } from './random.ts';

/** In it a request says which it is: `lane number`. */
export const MARKER = 'x-marker';

export interface ArrivalLog {
  origin: string;
  host: string;
  arrivals: Arrival[];
  close(): Promise<void>;
}

const LONGEST_ANSWER_MS = 30;

/** The third party of the long run: answers after a while and keeps the log that judges. */
export async function startArrivalLog(random: Random): Promise<ArrivalLog> {
  const arrivals: Arrival[] = [];
  const server = createServer((request, response) => {
    const [lane = '', number] = String(request.headers[MARKER]).split(' ');
    const arrival: Arrival = { lane, number: Number(number), arrivedAt: performance.now(), endedAt: null };
    arrivals.push(arrival);
    response.once('close', () => {
      arrival.endedAt ??= performance.now();
    });
    request.resume();
    void sleep(random.below(LONGEST_ANSWER_MS)).then(() => {
      arrival.endedAt ??= performance.now();
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"ok":true}');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`; // listening on a port, not on a path

  return {
    origin: `http://${host}`,
    host,
    arrivals,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
