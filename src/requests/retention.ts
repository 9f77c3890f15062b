import { setTimeout as sleep } from 'node:timers/promises';
import type { Kysely, Transaction } from 'kysely';
import type { Database } from '../database/schema.ts';
import { idFloor } from '../ids.ts';
import {
  applicationIds,
  lockRetention,
  removeIdleQueues,
  removeRateLimits,
  removeSettledBefore,
} from './retention.store.ts';

export type Removed = 'requests' | 'queues' | 'rate_limits';

export interface RetentionOptions {
  db: Kysely<Database>;
  /** Milliseconds that a settled request stays. */
  retentionMs: number;
  /** Rows in one transaction. */
  batchSize?: number;
  /** Milliseconds between rounds. */
  intervalMs?: number;
  onRemoved: (what: Removed, rows: number) => void;
  onError: (error: unknown) => void;
  now?: () => number;
}

/** Removes what has been kept long enough. */
export interface Retention {
  start(): void;
  /** One round, now. Never rejects. */
  sweep(): Promise<void>;
  /** Waits for the batch under way, and begins no other. */
  stop(): Promise<void>;
}

const INTERVAL_MS = 5 * 60_000;
const BATCH = 500;
const APPLICATIONS_AT_A_TIME = 100;
const QUEUE_IDLE_MS = 24 * 3_600_000;
const MIN_REST_MS = 20;
const MAX_REST_MS = 2_000;
const FIRST_ID = idFloor(0);

/**
 * One instance at a time, in small transactions, each followed by a rest as long as it took: whatever there is to remove,
 * the database has at least half of its time for others.
 */
export function createRetention(options: RetentionOptions): Retention {
  const { db, retentionMs, batchSize = BATCH, onRemoved, onError, now = Date.now } = options;
  let timer: NodeJS.Timeout | undefined;
  let round: Promise<void> | undefined;
  const stopping = new AbortController();
  const { signal } = stopping;

  /** What `remove` removed; null where another instance is at it. */
  async function batch<T>(remove: (trx: Transaction<Database>) => Promise<T>): Promise<T | null> {
    const startedAt = performance.now();
    const result = await db.transaction().execute(async (trx) => ((await lockRetention(trx)) ? remove(trx) : null));
    const restMs = Math.min(MAX_REST_MS, Math.max(MIN_REST_MS, performance.now() - startedAt));
    await sleep(restMs, undefined, { signal }).catch(() => {});
    return result;
  }

  /** False where the round is over: another instance is at it, or this one stops. */
  async function removeRequests(applicationId: string, cutoff: Date): Promise<boolean> {
    // What was removed is passed by, not searched again: it lies there until the next vacuum.
    for (let after = FIRST_ID; !signal.aborted; ) {
      const ids = await batch((trx) => removeSettledBefore(trx, applicationId, cutoff, after, batchSize));
      if (ids === null) return false;
      if (ids.length > 0) onRemoved('requests', ids.length);
      if (ids.length < batchSize) return true;
      after = ids.sort().at(-1) ?? after;
    }
    return false;
  }

  async function removeAll(what: Removed, remove: (trx: Transaction<Database>) => Promise<number>): Promise<boolean> {
    while (!signal.aborted) {
      const count = await batch(remove);
      if (count === null) return false;
      if (count > 0) onRemoved(what, count);
      if (count < batchSize) return true;
    }
    return false;
  }

  async function sweepOnce(): Promise<void> {
    const startedAt = now();
    const cutoff = new Date(startedAt - retentionMs);
    const idleSince = new Date(startedAt - QUEUE_IDLE_MS);
    if (!(await removeAll('queues', (trx) => removeIdleQueues(trx, idleSince, batchSize)))) return;
    if (!(await removeAll('rate_limits', (trx) => removeRateLimits(trx, new Date(startedAt), batchSize)))) return;
    let applications = await applicationIds(db, FIRST_ID, APPLICATIONS_AT_A_TIME);
    while (applications.length > 0) {
      for (const id of applications) if (!(await removeRequests(id, cutoff))) return;
      applications = await applicationIds(db, applications.at(-1) ?? '', APPLICATIONS_AT_A_TIME);
    }
  }

  function sweep(): Promise<void> {
    round ??= sweepOnce()
      .catch(onError)
      .finally(() => {
        round = undefined;
      });
    return round;
  }

  return {
    sweep,
    start() {
      timer = setInterval(() => void sweep(), options.intervalMs ?? INTERVAL_MS).unref();
    },
    async stop() {
      stopping.abort();
      clearInterval(timer);
      await round;
    },
  };
}
