import type pg from 'pg';
import type { HotQueries, HotStatement } from './handle.ts';
import { HotQuery } from './hot-query.ts';
import { KEEP_PLANS_MS } from './planner.ts';
import { ask, endsConnection } from './postgres-client.ts';

/** Hot statements on the connections of a pool. */
export interface HotConnections {
  hot: HotQueries;
  /** How many connections are in hand, and idle. */
  readonly idle: number;
  /** Gives back what is in hand, and keeps none in hand from now on. */
  release(): void;
}

/** A connection on loan from the pool. */
interface Held {
  client: pg.PoolClient;
  onError: () => void;
}

/**
 * Keeps a connection in hand while its statements succeed and nobody waits for one. To take it from the pool and give it
 * back for each statement, with the pool's promises and timers, is a twentieth of a server's work where requests are few.
 */
export function createHotConnections(pool: pg.Pool, types: pg.CustomTypesConfig, timeoutMs: number): HotConnections {
  const idle: Held[] = [];
  const plannedAt = new WeakMap<pg.PoolClient, number>();
  let isClosing = false;

  async function take(): Promise<Held> {
    const client = await pool.connect();
    const held = { client, onError: () => drop(held) };
    client.on('error', held.onError);
    return held;
  }

  /** It broke. In use, its statement says so. */
  function drop(held: Held): void {
    const at = idle.indexOf(held);
    if (at === -1) return;
    idle.splice(at, 1);
    giveBack(held);
  }

  /** What broke by itself the pool does not keep either. */
  function giveBack({ client, onError }: Held, isSpent = false): void {
    client.off('error', onError);
    client.release(isSpent);
  }

  async function run({ client }: Held, statement: HotStatement, values: readonly unknown[]): Promise<unknown[]> {
    const now = performance.now();
    const keptMs = now - (plannedAt.get(client) ?? now);
    if (keptMs === 0 || keptMs > KEEP_PLANS_MS) plannedAt.set(client, now);
    if (keptMs > KEEP_PLANS_MS) await ask(timeoutMs, (done) => client.query('discard plans', done));
    return ask<unknown[]>(timeoutMs, (done) => void client.query(new HotQuery(statement, values, types, done)));
  }

  return {
    async hot<Row>(statement: HotStatement, values: readonly unknown[]): Promise<Row[]> {
      const held = idle.pop() ?? (await take());
      let rows: unknown[];
      try {
        rows = await run(held, statement, values);
      } catch (error) {
        giveBack(held, endsConnection(error));
        throw error;
      }
      if (isClosing || pool.waitingCount > 0) giveBack(held);
      else idle.push(held);
      // The caller knows its statement.
      return rows as Row[];
    },
    get idle() {
      return idle.length;
    },
    release() {
      isClosing = true;
      for (const held of idle.splice(0)) giveBack(held);
    },
  };
}
