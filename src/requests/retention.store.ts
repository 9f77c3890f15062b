import { type Kysely, sql, type Transaction } from 'kysely';
import type { Database } from '../database/schema.ts';
import { idFloor } from '../ids.ts';

/** Any number that no other advisory lock of the database has. */
const RETENTION_LOCK = 7_254_102_331;

/** False where another instance is at it. Held until the transaction ends, so that it works through poolers too. */
export async function lockRetention(trx: Transaction<Database>): Promise<boolean> {
  const { rows } = await sql<{
    locked: boolean;
  }>`select pg_try_advisory_xact_lock(${sql.lit(RETENTION_LOCK)}) as locked`.execute(trx);
  return rows[0]?.locked === true;
}

/** IDs in their order, after one of them. */
export async function applicationIds(db: Kysely<Database>, after: string, limit: number): Promise<string[]> {
  const rows = await db
    .selectFrom('applications')
    .select('id')
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map((row) => row.id);
}

/**
 * Removes an application's requests that were settled before `cutoff`, the oldest first, past `after`; returns their IDs.
 * By the primary key alone: what is not old enough is not looked at. A row that somebody has locked is left for later.
 */
export async function removeSettledBefore(
  trx: Transaction<Database>,
  applicationId: string,
  cutoff: Date,
  after: string,
  limit: number,
): Promise<string[]> {
  const removed = await sql<{ id: string }>`with old as materialized (
      select id from requests
      where application_id = ${applicationId} and id > ${after} and id < ${idFloor(cutoff.getTime())}
        and status <> 'PENDING' and updated_at < ${cutoff}
      order by id limit ${limit} for update skip locked
    )
    delete from requests r using old where r.application_id = ${applicationId} and r.id = old.id
    returning r.id`.execute(trx);
  return removed.rows.map((row) => row.id);
}

/**
 * Removes queues that nobody has used since `cutoff`. Under the row's lock, which a submission takes as well: one that
 * comes at the same moment is seen, or finds no queue and begins it anew.
 */
export async function removeIdleQueues(trx: Transaction<Database>, cutoff: Date, limit: number): Promise<number> {
  const removed = await sql`with idle as materialized (
      select application_id, queue_key from queues q
      where instance_id is null and updated_at < ${cutoff} and not exists (
        select from open_requests o where o.application_id = q.application_id and o.queue_key = q.queue_key
      )
      order by application_id, queue_key limit ${limit} for update skip locked
    )
    delete from queues q using idle i where q.application_id = i.application_id and q.queue_key = i.queue_key`.execute(
    trx,
  );
  return Number(removed.numAffectedRows ?? 0);
}

/** Removes counts of minutes that are over. */
export async function removeRateLimits(trx: Transaction<Database>, before: Date, limit: number): Promise<number> {
  const removed = await sql`with over as materialized (
      select key from rate_limits where expire < ${before.getTime()} limit ${limit} for update skip locked
    )
    delete from rate_limits l using over where l.key = over.key`.execute(trx);
  return Number(removed.numAffectedRows ?? 0);
}
