import { type Kysely, sql, type Transaction } from 'kysely';
import type { HotQueries } from '../database/database.ts';
import type { Database } from '../database/schema.ts';
import type { Abandoned } from './dispatcher-ports.ts';

/** Registers a new instance; its life is measured by the database's clock. */
export async function registerInstance(db: Kysely<Database>, id: string): Promise<void> {
  await db.insertInto('instances').values({ id, heartbeat_at: sql`now()` }).execute();
}

const RENEW = {
  name: 'renew-instance',
  text: 'update instances set heartbeat_at = now() where id = $1::uuid returning id',
};

/** Renews the heartbeat. False when this instance was taken for dead. */
export async function renewInstance(hot: HotQueries, id: string): Promise<boolean> {
  return (await hot(RENEW, [id])).length > 0;
}

/** Others see at once what it leaves behind. */
export async function removeInstance(db: Kysely<Database>, id: string): Promise<void> {
  await db.deleteFrom('instances').where('id', '=', id).execute();
}

/**
 * Removes every instance whose heartbeat is older than the lease; with a lease of null, every one but `id`. Waits until what
 * they are just starting in queues is committed (`claimed`), so that a takeover after it sees that.
 */
export async function reapInstances(db: Kysely<Database>, id: string, leaseMs: number | null): Promise<number> {
  const stale =
    leaseMs === null ? sql<boolean>`true` : sql<boolean>`heartbeat_at < now() - ${leaseMs} * interval '1 millisecond'`;
  const reaped = await db.deleteFrom('instances').where('id', '<>', id).where(stale).executeTakeFirst();
  return Number(reaped.numDeletedRows);
}

export interface QueueRow {
  application_id: string;
  queue_key: string;
  epoch: number;
}

const FIRST = '00000000-0000-0000-0000-000000000000';

/** Queues of a living instance with requests that wait, in order, those after one of them. */
export async function ownQueues(
  db: Kysely<Database>,
  id: string,
  after: QueueRow | null,
  limit: number,
): Promise<QueueRow[]> {
  const owned = await sql<QueueRow>`select q.application_id, q.queue_key, q.epoch
    from (
      select distinct application_id, queue_key from open_requests where queue_key is not null
        and (application_id, queue_key) > (${after?.application_id ?? FIRST}::uuid, ${after?.queue_key ?? FIRST}::uuid)
    ) o
    join queues q on q.application_id = o.application_id and q.queue_key = o.queue_key
    where q.instance_id = ${id} order by q.application_id, q.queue_key limit ${limit}`.execute(db);
  return owned.rows;
}

export interface OwnRequest {
  application_id: string;
  id: string;
  expires_at: Date;
}

/** Open requests without a queue of a living instance, in order, those after one of them. */
export async function ownRequests(
  db: Kysely<Database>,
  id: string,
  after: OwnRequest | null,
  limit: number,
): Promise<OwnRequest[]> {
  const owned = await sql<OwnRequest>`select application_id, request_id as id, expires_at from open_requests
    where queue_key is null and instance_id = ${id}
      and (application_id, request_id) > (${after?.application_id ?? FIRST}::uuid, ${after?.id ?? FIRST}::uuid)
    order by application_id, request_id limit ${limit}`.execute(db);
  return owned.rows;
}

/** Takes over queues with open requests whose owner does not live, some at a time; others that do the same take the rest. */
export async function takeQueues(trx: Transaction<Database>, id: string, limit: number): Promise<QueueRow[]> {
  const taken = await sql<QueueRow>`with orphaned as (
      select q.application_id, q.queue_key from queues q
      where (q.application_id, q.queue_key) in
          (select o.application_id, o.queue_key from open_requests o where o.queue_key is not null)
        and q.instance_id is not null and not exists (select from instances i where i.id = q.instance_id)
      order by q.application_id, q.queue_key limit ${limit} for update of q skip locked
    )
    update queues q set instance_id = ${id}, epoch = q.epoch + 1, acquired_position = 0
    from orphaned p where q.application_id = p.application_id and q.queue_key = p.queue_key
    returning q.application_id, q.queue_key, q.epoch`.execute(trx);
  return taken.rows;
}

export interface InterruptedRequest extends OwnRequest {
  method: string;
  headers: Record<string, unknown> | null;
  /** False: it was admitted by the dead instance and never started. */
  started: boolean;
  queue_key: string | null;
}

/** What the dead owners of these queues were sending, locked. */
export async function interruptedInQueues(
  trx: Transaction<Database>,
  queues: readonly QueueRow[],
): Promise<InterruptedRequest[]> {
  if (queues.length === 0) return [];
  const keys = sql.join(queues.map((q) => sql`(${q.application_id}::uuid, ${q.queue_key}::uuid)`));
  // Waits for locks: a queue may not go on while the end of what was being sent in it is undecided.
  return interrupted(trx, sql`o.started_at is not null and (o.application_id, o.queue_key) in (${keys})`, null, sql``);
}

/** Requests without a queue whose instance does not live, locked; others that look skip them. */
export async function interruptedParallel(trx: Transaction<Database>, limit: number): Promise<InterruptedRequest[]> {
  const orphaned = sql`o.queue_key is null and not exists (select from instances i where i.id = o.instance_id)`;
  return interrupted(trx, orphaned, limit, sql`skip locked`);
}

async function interrupted(
  trx: Transaction<Database>,
  condition: ReturnType<typeof sql>,
  limit: number | null,
  locking: ReturnType<typeof sql>,
): Promise<InterruptedRequest[]> {
  const found = await sql<InterruptedRequest>`select o.application_id, o.request_id as id, r.method, r.headers,
      o.started_at is not null as started, o.expires_at, o.queue_key
    from open_requests o join requests r on r.application_id = o.application_id and r.id = o.request_id
    where ${condition} order by o.request_id limit ${limit} for update of o ${locking}`.execute(trx);
  return found.rows;
}

/** To be sent by this instance: again, or for the first time. In a queue its turn decides who sends it. */
export async function reopen(trx: Transaction<Database>, id: string, requests: InterruptedRequest[]): Promise<void> {
  for (const request of requests) {
    await trx
      .updateTable('open_requests')
      .set({ instance_id: request.queue_key === null ? id : null, started_at: null, client_secret_version: null })
      .where('application_id', '=', request.application_id)
      .where('request_id', '=', request.id)
      .execute();
  }
}

/** Ends requests of which nobody can know whether they arrived. */
export async function endUnknown(trx: Transaction<Database>, requests: InterruptedRequest[], message: string) {
  for (const request of requests) {
    await sql`with done as (
        delete from open_requests where application_id = ${request.application_id} and request_id = ${request.id}
        returning started_at, client_secret_version
      )
      update requests r set status = 'FAILED', error_code = 'OUTCOME_UNKNOWN', error_message = ${message},
        started_at = d.started_at, client_secret_version = d.client_secret_version, updated_at = now()
      from done d where r.application_id = ${request.application_id} and r.id = ${request.id}`.execute(trx);
  }
}

/** Waiting requests that should have ended before a moment, by the clock of servers: those whose own did not see to it. */
export async function overdueRequests(
  db: Kysely<Database>,
  before: Date,
  limit: number,
): Promise<{ application_id: string; id: string }[]> {
  return db
    .selectFrom('open_requests')
    .select(['application_id', 'request_id as id'])
    .where('started_at', 'is', null)
    .where('expires_at', '<', before)
    .limit(limit)
    .execute();
}

/** Tells other instances that these changed, once this transaction is committed. */
export async function notifyChanged(trx: Transaction<Database>, instanceId: string, requests: InterruptedRequest[]) {
  for (const { application_id, id } of requests) {
    await sql`select pg_notify('keyhole', ${`${instanceId} ${application_id} ${id}`})`.execute(trx);
  }
}

/**
 * Removes what an admission stored whose answer was lost: it was never acknowledged. Kept is what another instance sends, and
 * what a caller was given since, by its idempotency key (`keepPending`).
 *
 * The row that is inserted here is never there for others. It waits for an admission that is being committed, however long
 * that takes: the two have the same key. A second of that, for others need connections too: then 55P03, and it is asked again.
 */
export async function abandonRequest(
  db: Kysely<Database>,
  instanceId: string,
  applicationId: string,
  id: string,
): Promise<Abandoned> {
  return db.transaction().execute(async (trx) => {
    await sql`set local lock_timeout = '1s'`.execute(trx);
    const probe = await sql`insert into open_requests (application_id, request_id, expires_at)
      values (${applicationId}, ${id}, now()) on conflict do nothing returning request_id`.execute(trx);
    if (probe.rows.length > 0) {
      await sql`delete from open_requests where application_id = ${applicationId} and request_id = ${id}`.execute(trx);
      return 'absent';
    }
    const open = await sql<{ is_ours: boolean }>`select started_at is null or instance_id = ${instanceId} as is_ours
      from open_requests where application_id = ${applicationId} and request_id = ${id} for update`.execute(trx);
    if (open.rows[0]?.is_ours !== true) return 'kept';
    const removed = await sql`delete from requests where application_id = ${applicationId} and id = ${id}
      and updated_at = created_at returning id`.execute(trx);
    if (removed.rows.length === 0) return 'kept';
    await sql`delete from open_requests where application_id = ${applicationId} and request_id = ${id}`.execute(trx);
    return 'removed';
  });
}
