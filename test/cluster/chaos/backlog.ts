import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { MARKER } from './arrivals.ts';

export interface Backlog {
  /** How many of a lane are acknowledged and not settled, as of the last look. */
  of(lane: string): number;
  stop(): Promise<void>;
}

const LOOK_MS = 100;
const OPEN = `select split_part(r.headers ->> $1, ' ', 1) as lane, count(*)::int as open from open_requests o
  join requests r on r.application_id = o.application_id and r.id = o.request_id group by 1`;

export function watchBacklog(database: pg.Pool): Backlog {
  let open = new Map<string, number>();
  let stopped = false;

  async function watch(): Promise<void> {
    while (!stopped) {
      const { rows } = await database.query<{ lane: string; open: number }>(OPEN, [MARKER]);
      open = new Map(rows.map((row) => [row.lane, row.open]));
      await sleep(LOOK_MS);
    }
  }

  const watching = watch();
  return {
    of: (lane) => open.get(lane) ?? 0,
    async stop() {
      stopped = true;
      await watching;
    },
  };
}
