import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { Victims } from './victims.ts';

export interface Takeovers {
  /** Milliseconds from a kill until nothing open was left to the instance that was killed: the longest. */
  readonly longestMs: number;
  stop(): Promise<void>;
}

const LOOK_MS = 50;
/** To whom open requests belong. */
const OWNERS = `select o.instance_id as id from open_requests o where o.queue_key is null
  union select q.instance_id from queues q join open_requests o
    on o.application_id = q.application_id and o.queue_key = q.queue_key where q.instance_id is not null`;

export function watchTakeovers(database: pg.Pool, victims: Victims): Takeovers {
  /** By instance: since when what it had is left alone. */
  let orphaned = new Map<string, number>();
  let longestMs = 0;
  let stopped = false;

  async function look(): Promise<void> {
    const { rows } = await database.query<{ id: string }>(OWNERS);
    const now = performance.now();
    const still = new Map<string, number>();
    for (const { id } of rows) {
      const since = victims.killedAt(id);
      if (since !== undefined && !victims.isLiving(id)) still.set(id, since);
    }
    for (const [id, since] of orphaned) if (!still.has(id)) longestMs = Math.max(longestMs, now - since);
    orphaned = still;
  }

  async function watch(): Promise<void> {
    while (!stopped) {
      await look();
      await sleep(LOOK_MS);
    }
  }

  const watching = watch();
  return {
    get longestMs() {
      return Math.round(longestMs);
    },
    async stop() {
      stopped = true;
      await watching;
    },
  };
}
