import type { HotQueries } from '../database/database.ts';
import { rowBatches } from '../database/row-batches.ts';
import { notifyOthers } from './notifications.ts';

/** What came of a queue with a settlement or a claim. */
export interface ClaimRow {
  /** False: the queue is another's now. */
  held: boolean;
  next_id: string | null;
  next_started_at: Date | null;
  /** The client secret's revision at the start; null where it is deleted. */
  next_revision: number | null;
  released: boolean;
}

export interface QueueLease {
  application_id: string;
  queue_key: string;
  epoch: number;
}

/** One thing that came of the batch's row `turn`, counted from 1. */
export interface OutcomeRow extends Pick<ClaimRow, 'next_id' | 'next_started_at' | 'next_revision'> {
  outcome: 'settled' | 'held' | 'started' | 'released';
  turn: number;
}

/** As it is now; by its whole key, whatever the planner thinks: a subquery with an offset is not taken apart. */
const WITH_SECRET = `left join lateral (
    select version, revision from client_secrets where application_id = r.application_id and id = r.client_secret_id offset 0
  ) s on true`;

/**
 * From `source`, rows of queues with the position that was settled: starts the next request of each queue that this instance
 * holds, or lets the queue go. Each queue is looked up by its key, whatever the planner thinks of the size of the table: a
 * subquery with an offset, or one that locks, is not taken apart.
 *
 * What an instance holds nobody else takes while its row in `instances` is there, and that row is locked here as a foreign key
 * would lock it: it cannot be removed until this is committed, and a heartbeat does not wait. So a queue that goes on is not
 * locked itself, and submissions to it do not wait for its settlements, nor these for them.
 *
 * A queue may be let go if nothing was appended since this statement's snapshot, in which `next` looked: its last position,
 * under the row's lock, is still that of the snapshot. Rows are locked in one order, so that no two statements wait for each
 * other. One that this instance started and then did not hear of (the answer was lost) is started again: the owner sends
 * nothing meanwhile.
 */
export function claimed(source: string, instanceId: string): string {
  return `alive as materialized (select from instances where id = ${instanceId}::uuid for key share),
held as (
  select t.turn, t.application_id, t.queue_key, t.position, t.proceeds, t.epoch, q.last_position
  from alive cross join ${source} t cross join lateral (
    select q.last_position from queues q
    where q.application_id = t.application_id and q.queue_key = t.queue_key
      and q.instance_id = ${instanceId}::uuid and q.epoch = t.epoch offset 0
  ) q
),
next as (
  select h.*, n.request_id
  from held h left join lateral (
    select o.request_id from open_requests o
    where o.application_id = h.application_id and o.queue_key = h.queue_key and o.position > h.position
    order by o.position limit 1
  ) n on true
),
started as (
  update open_requests o set instance_id = ${instanceId}::uuid, started_at = now(), client_secret_version = s.version
  from next n join requests r on r.application_id = n.application_id and r.id = n.request_id ${WITH_SECRET}
  where n.proceeds and o.application_id = n.application_id and o.request_id = n.request_id
    and (o.started_at is null or o.instance_id = ${instanceId}::uuid)
  returning n.turn, o.application_id, o.request_id, o.started_at, s.revision
),
emptied as materialized (
  select n.turn, q.row_version
  from (select * from next where request_id is null order by application_id, queue_key) n cross join lateral (
    select q.ctid as row_version from queues q
    where q.application_id = n.application_id and q.queue_key = n.queue_key
      and q.instance_id = ${instanceId}::uuid and q.epoch = n.epoch and q.last_position = n.last_position
    for no key update
  ) q
),
released as (
  update queues q set instance_id = null, updated_at = now() from emptied e where q.ctid = e.row_version
  returning e.turn
)`;
}

/**
 * The rows for `toClaims`, each thing that came of a queue as one of its own: laid side by side here, each would be compared
 * with each other, which took half the time of a batch of 128. Other instances get a hint of what is being sent.
 */
export function claimOutcomes(instanceId: string, notifies: string): string {
  const hint = `(select ${instanceId}::uuid || ' ' || application_id || ' ' || request_id as p where ${notifies}::boolean)`;
  return `select 'started' as outcome, turn::integer, request_id as next_id, started_at as next_started_at,
  revision as next_revision, ${notifyOthers(instanceId, hint)}
from started
union all select 'held', turn::integer, null, null, null, null from held
union all select 'released', turn::integer, null, null, null, null from released`;
}

/** In the order of the batch; not held where nothing says so. */
export function toClaims(size: number, outcomes: readonly OutcomeRow[]): ClaimRow[] {
  const claims = Array.from(
    { length: size },
    (): ClaimRow => ({
      held: false,
      next_id: null,
      next_started_at: null,
      next_revision: null,
      released: false,
    }),
  );
  for (const { outcome, turn, next_id, next_started_at, next_revision } of outcomes) {
    const claim = claims[turn - 1];
    if (claim === undefined) continue;
    if (outcome === 'held') claim.held = true;
    if (outcome === 'released') claim.released = true;
    if (outcome === 'started') Object.assign(claim, { next_id, next_started_at, next_revision });
  }
  return claims;
}

const leases = rowBatches<QueueLease>({ application_id: 'uuid', queue_key: 'uuid', epoch: 'integer' });
const instance = `$${leases.size + 1}`;

const CLAIM = leases.statement(
  'claim',
  (input) => `with input as (select t.*, 0::bigint as position, true as proceeds from (${input}) t),
${claimed('input', instance)}
${claimOutcomes(instance, `$${leases.size + 2}`)}`,
);

/** Starts the next request of each queue, or lets the queue go. */
export async function claim(
  hot: HotQueries,
  instanceId: string,
  batch: readonly QueueLease[],
  notifies: boolean,
): Promise<ClaimRow[]> {
  return toClaims(batch.length, await hot<OutcomeRow>(...CLAIM(batch, instanceId, notifies)));
}

/** A request without a queue that waits for a place. */
export interface WaitingRow {
  application_id: string;
  id: string;
}

const waiting = rowBatches<WaitingRow>({ application_id: 'uuid', id: 'uuid' });

const START_WAITING = waiting.statement(
  'start-waiting',
  (input) => `with input as (${input})
update open_requests o set started_at = now(), client_secret_version = s.version
from input t join requests r on r.application_id = t.application_id and r.id = t.id
  ${WITH_SECRET}
where o.application_id = t.application_id and o.request_id = t.id and o.instance_id = $${waiting.size + 1}::uuid
returning o.request_id as id, o.started_at, s.revision`,
);

export interface StartedRow {
  id: string;
  started_at: Date;
  revision: number | null;
}

/** Marks waiting requests without a queue as being sent; those that are missing were settled meanwhile. */
export async function startWaiting(
  hot: HotQueries,
  instanceId: string,
  batch: readonly WaitingRow[],
): Promise<Map<string, StartedRow>> {
  const started = await hot<StartedRow>(...START_WAITING(batch, instanceId));
  return new Map(started.map((row) => [row.id, row]));
}
