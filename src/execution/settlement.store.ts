import type { HotQueries } from '../database/database.ts';
import { rowBatches } from '../database/row-batches.ts';
import { notifyOthers, othersLive } from './notifications.ts';

/** How a request ended, as its update needs it. */
export interface SettlementRow {
  application_id: string;
  id: string;
  /** `mine`: this instance was sending it; `waiting`: only if nobody sends it; `any`: whoever sends it. */
  mode: 'mine' | 'waiting' | 'any';
  status: string;
  client_secret_version: number | null;
  status_code: number | null;
  response_headers: string | null;
  response_kind: string | null;
  response_body: string | null;
  error_code: string | null;
  error_message: string | null;
  updated_at: string;
  /** Of the queue's ownership; null without a queue. */
  epoch: number | null;
  /** The next of the queue is to be started with it. */
  proceeds: boolean;
}

const rows = rowBatches<SettlementRow>({
  application_id: 'uuid',
  id: 'uuid',
  mode: 'text',
  status: 'text',
  client_secret_version: 'integer',
  status_code: 'integer',
  response_headers: 'text',
  response_kind: 'text',
  response_body: 'text',
  error_code: 'text',
  error_message: 'text',
  updated_at: 'timestamptz',
  epoch: 'integer',
  proceeds: 'boolean',
});
const instance = `$${rows.size + 1}`;
const payloads = `$${rows.size + 2}`;

/** Deleting the open row decides who settles it: whatever was taken over, cancelled or settled before is not touched again. */
function done(input: string): string {
  return `input as (${input}),
done as (
  delete from open_requests o using input t
  where o.application_id = t.application_id and o.request_id = t.id
    and case t.mode when 'mine' then o.instance_id = ${instance}::uuid when 'waiting' then o.started_at is null else true end
  returning t.*, o.started_at, o.queue_key, o.position, o.client_secret_version as started_version
),
settled as (
  update requests r set status = d.status, client_secret_version = coalesce(d.client_secret_version, d.started_version),
    status_code = d.status_code, response_headers = d.response_headers::json, response_kind = d.response_kind,
    response_body = d.response_body, error_code = d.error_code, error_message = d.error_message,
    started_at = d.started_at, updated_at = d.updated_at
  from done d where r.application_id = d.application_id and r.id = d.id
  returning r.id
)`;
}

const NOTIFIED = notifyOthers(instance, `unnest(${payloads}::text[])`);

const SETTLE = rows.statement('settle', (input) => `with ${done(input)} select id, ${NOTIFIED} from settled`);

/**
 * The rows of queues that this instance holds, locked in one order, so that no two statements wait for each other. Each is
 * looked up by its key, whatever the planner thinks of the size of the table: a subquery that locks is not taken apart.
 */
function lockedQueues(source: string, instanceId: string): string {
  return `locked as materialized (
  select t.application_id, t.queue_key, t.position, t.proceeds, q.last_position, q.row_version
  from (select * from ${source} order by application_id, queue_key) t cross join lateral (
    select q.last_position, q.ctid as row_version from queues q
    where q.application_id = t.application_id and q.queue_key = t.queue_key
      and q.instance_id = ${instanceId}::uuid and q.epoch = t.epoch
    for no key update
  ) q
)`;
}

/**
 * From the queues in `locked`: starts the next request of each, or lets the queue go. It may be let go if nothing was
 * appended since this statement's snapshot, in which `next` looked: `seen_position` is the position of the snapshot,
 * `last_position` the locked row's; equal, they are of one version of the row, so that `row_version` is the one to update.
 * One that this instance started and then did not hear of (the answer was lost) is started again: the owner sends nothing
 * meanwhile.
 */
function nextInQueues(instanceId: string): string {
  return `next as (
  select l.*, n.request_id,
    (select s.last_position from queues s where s.application_id = l.application_id and s.queue_key = l.queue_key) as seen_position
  from locked l left join lateral (
    select o.request_id from open_requests o
    where o.application_id = l.application_id and o.queue_key = l.queue_key and o.position > l.position
    order by o.position limit 1
  ) n on true
),
started as (
  update open_requests o set instance_id = ${instanceId}::uuid, started_at = now(), client_secret_version = s.version
  from next n join requests r on r.application_id = n.application_id and r.id = n.request_id
    left join client_secrets s on s.application_id = r.application_id and s.id = r.client_secret_id
  where n.proceeds and o.application_id = n.application_id and o.request_id = n.request_id
    and (o.started_at is null or o.instance_id = ${instanceId}::uuid)
  returning o.application_id, o.queue_key, o.request_id, o.started_at, s.revision
),
released as (
  update queues q set instance_id = null, updated_at = now()
  where q.ctid = any(array(
    select row_version from next where request_id is null and last_position = seen_position
  ))
  returning q.application_id, q.queue_key
)`;
}

/** What a claim returns, and the hint to other instances that the next one is being sent. */
function claimColumns(instanceId: string, notifies: string): string {
  return `s.request_id as next_id, s.started_at as next_started_at, s.revision as next_revision,
  f.queue_key is not null as released,
  (select pg_notify('keyhole', ${instanceId}::uuid || ' ' || s.application_id || ' ' || s.request_id) is null
    where s.request_id is not null and ${notifies}::boolean and ${othersLive(instanceId)}) as next_notified`;
}

const SETTLE_QUEUED = rows.statement(
  'settle-queued',
  (input) => `with ${done(input)},
${lockedQueues('done', instance)}, ${nextInQueues(instance)}
select d.id, l.queue_key is not null as held, ${claimColumns(instance, `$${rows.size + 3}`)}, ${NOTIFIED}
from done d
left join locked l on l.application_id = d.application_id and l.queue_key = d.queue_key
left join started s on s.application_id = d.application_id and s.queue_key = d.queue_key
left join released f on f.application_id = d.application_id and f.queue_key = d.queue_key
where exists (select from settled x where x.id = d.id)`,
);

const CLAIM = {
  name: 'claim',
  text: `with input as (
  select application_id, queue_key, epoch, 0::bigint as position, true as proceeds
  from unnest($1::uuid[], $2::uuid[], $3::integer[]) as t(application_id, queue_key, epoch)
  where exists (select from instances where id = $4::uuid)
),
${lockedQueues('input', '$4')}, ${nextInQueues('$4')}
select l.application_id, l.queue_key, true as held, ${claimColumns('$4', '$5')}
from locked l
left join started s on s.application_id = l.application_id and s.queue_key = l.queue_key
left join released f on f.application_id = l.application_id and f.queue_key = l.queue_key`,
};

const START_WAITING = {
  name: 'start-waiting',
  text: `with input as (select * from unnest($1::uuid[], $2::uuid[]) as t(application_id, id))
update open_requests o set started_at = now(), client_secret_version = s.version
from input t join requests r on r.application_id = t.application_id and r.id = t.id
  left join client_secrets s on s.application_id = r.application_id and s.id = r.client_secret_id
where o.application_id = t.application_id and o.request_id = t.id and o.instance_id = $3::uuid
returning o.request_id as id, o.started_at, s.revision`,
};

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
  applicationId: string;
  queueKey: string;
  epoch: number;
}

/** Stores ends; the IDs of those that this call settled. */
export async function settle(
  hot: HotQueries,
  instanceId: string,
  batch: readonly SettlementRow[],
  notifications: readonly string[],
): Promise<Set<string>> {
  const settled = await hot<{ id: string }>(...SETTLE(batch, instanceId, notifications));
  return new Set(settled.map((row) => row.id));
}

/** Stores ends of requests in queues and starts what comes next in them, in one transaction; by ID of what was settled. */
export async function settleQueued(
  hot: HotQueries,
  instanceId: string,
  batch: readonly SettlementRow[],
  notifications: readonly string[],
): Promise<Map<string, ClaimRow>> {
  const statement = SETTLE_QUEUED(batch, instanceId, notifications, notifications.length > 0);
  const settled = await hot<ClaimRow & { id: string }>(...statement);
  return new Map(settled.map((row) => [row.id, row]));
}

/** Starts the next request of each queue, or lets the queue go; undefined where the queue is another's now. */
export async function claim(
  hot: HotQueries,
  instanceId: string,
  leases: readonly QueueLease[],
  notifies: boolean,
): Promise<(ClaimRow | undefined)[]> {
  const columns = [leases.map((l) => l.applicationId), leases.map((l) => l.queueKey), leases.map((l) => l.epoch)];
  const claimed = await hot<ClaimRow & { application_id: string; queue_key: string }>(CLAIM, [
    ...columns,
    instanceId,
    notifies,
  ]);
  return leases.map((lease) =>
    claimed.find((row) => row.queue_key === lease.queueKey && row.application_id === lease.applicationId),
  );
}

export interface StartedRow {
  id: string;
  started_at: Date;
  revision: number | null;
}

/** Marks waiting requests without a queue as being sent; those that are missing were settled meanwhile. */
export async function startWaiting(
  hot: HotQueries,
  instanceId: string,
  batch: readonly { applicationId: string; id: string }[],
): Promise<Map<string, StartedRow>> {
  const columns = [batch.map((row) => row.applicationId), batch.map((row) => row.id)];
  const started = await hot<StartedRow>(START_WAITING, [...columns, instanceId]);
  return new Map(started.map((row) => [row.id, row]));
}
