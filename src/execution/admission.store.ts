import type { HotQueries } from '../database/database.ts';
import { rowBatches } from '../database/row-batches.ts';
import { notifyOthers } from './notifications.ts';

/** A request as its insert needs it. JSON is text; times are RFC 3339. */
export interface AdmissionRow {
  application_id: string;
  /** Of the cached copies that the decision was made from: nothing is inserted where they have changed. */
  application_revision: number;
  client_secret_revision: number;
  id: string;
  owner: string;
  client_secret_id: string;
  client_secret_name: string;
  client_secret_version: number;
  url: string;
  method: string;
  target: string;
  queue: string | null;
  queue_key: string | null;
  headers: string | null;
  body: string | null;
  timeout_ms: number;
  idempotency_key: string | null;
  fingerprint: string | null;
  /** A place among the concurrent requests is held for it: it may be sent with its admission. */
  starts: boolean;
  created_at: string;
  expires_at: string;
}

const rows = rowBatches<AdmissionRow>({
  application_id: 'uuid',
  application_revision: 'integer',
  client_secret_revision: 'integer',
  id: 'uuid',
  owner: 'uuid',
  client_secret_id: 'uuid',
  client_secret_name: 'text',
  client_secret_version: 'integer',
  url: 'text',
  method: 'text',
  target: 'uuid',
  queue: 'text',
  queue_key: 'uuid',
  headers: 'text',
  body: 'text',
  timeout_ms: 'integer',
  idempotency_key: 'uuid',
  fingerprint: 'uuid',
  starts: 'boolean',
  created_at: 'timestamptz',
  expires_at: 'timestamptz',
});
const instance = `$${rows.size + 1}`;
const payloads = `$${rows.size + 2}`;

/**
 * Only rows whose application and client secret are as the cached copies said, and only while this instance is not taken for
 * dead. `columns` are more of them. The secret is looked up by its whole key, whatever the planner thinks of the size of the
 * table: a subquery with an offset is not taken apart.
 */
function valid(input: string, columns = ''): string {
  return `input as (${input}),
valid as (
  select i.*${columns}
  from input i
  join applications a on a.id = i.application_id and a.revision = i.application_revision and a.enabled
  cross join lateral (
    select from client_secrets s where s.application_id = i.application_id and s.id = i.client_secret_id
      and s.revision = i.client_secret_revision offset 0
  ) s
  where exists (select from instances where id = ${instance}::uuid)
)`;
}

/** Where each stands among those of the batch that go to its queue. */
const PLACES = `, row_number() over (partition by i.application_id, i.queue_key order by i.turn) as place,
    count(*) over (partition by i.application_id, i.queue_key) as places`;

const ADMITTED = `admitted as (
  insert into requests (application_id, id, owner, client_secret_id, client_secret_name, url, method, target, queue,
    queue_key, headers, body, timeout_ms, idempotency_key, fingerprint, status, created_at, updated_at, expires_at)
  select application_id, id, owner, client_secret_id, client_secret_name, url, method, target, queue,
    queue_key, headers::json, body::json, timeout_ms, idempotency_key, fingerprint, 'PENDING', created_at, created_at, expires_at
  from valid order by turn
  on conflict (application_id, owner, idempotency_key) where idempotency_key is not null do nothing
  returning application_id, id
)`;

const NOTIFIED = notifyOthers(instance, `unnest(${payloads}::text[])`);

/** Without a queue: sent at once where a place is held, by this instance in any case. */
const ADMIT_PARALLEL = rows.statement(
  'admit-parallel',
  (input) => `with ${valid(input)}, ${ADMITTED},
opened as (
  insert into open_requests (application_id, request_id, instance_id, client_secret_version, started_at, expires_at)
  select v.application_id, v.id, ${instance}::uuid, case when v.starts then v.client_secret_version end,
    case when v.starts then v.created_at end, v.expires_at
  from valid v where v.id = any(array(select id from admitted))
)
select id, ${NOTIFIED} from admitted`,
);

/**
 * In a queue: the position is taken under the lock of the queue's row, so that positions are in the order of the commits.
 * An idle queue becomes this instance's, and its first request is sent with its admission. `acquired_position` is where
 * the queue stood when its owner came to it: equal to where it stood before this statement only if that was just now.
 */
const ADMIT_QUEUED = rows.statement(
  'admit-queued',
  (input) => `with ${valid(input, PLACES)},
lanes as (
  insert into queues (application_id, queue_key, last_position, acquired_position, instance_id, epoch)
  select application_id, queue_key, count(*), 0, ${instance}::uuid, 1
  from valid group by application_id, queue_key order by application_id, queue_key
  on conflict (application_id, queue_key) do update set
    last_position = queues.last_position + excluded.last_position,
    acquired_position = case when queues.instance_id is null then queues.last_position else queues.acquired_position end,
    epoch = case when queues.instance_id is null then queues.epoch + 1 else queues.epoch end,
    instance_id = coalesce(queues.instance_id, excluded.instance_id)
  returning application_id, queue_key, last_position, acquired_position, instance_id, epoch
),
placed as (
  select v.*, l.instance_id, l.epoch, l.last_position - v.places + v.place as position,
    v.starts and v.place = 1 and l.instance_id = ${instance}::uuid
      and l.acquired_position = l.last_position - v.places as started
  from valid v join lanes l on l.application_id = v.application_id and l.queue_key = v.queue_key
), ${ADMITTED},
opened as (
  insert into open_requests (application_id, request_id, queue_key, position, instance_id, client_secret_version,
    started_at, expires_at)
  select p.application_id, p.id, p.queue_key, p.position, case when p.started then p.instance_id end,
    case when p.started then p.client_secret_version end, case when p.started then p.created_at end, p.expires_at
  from placed p where p.id = any(array(select id from admitted))
)
select p.id, p.started, p.instance_id as owner_id, p.epoch, ${NOTIFIED}
from placed p where p.id = any(array(select id from admitted))`,
);

export interface AdmittedQueued {
  id: string;
  started: boolean;
  /** The instance that runs the queue. */
  owner_id: string;
  epoch: number;
}

/** Inserts the rows; the IDs of those that were: another is stale, or its idempotency key is known. */
export async function admitParallel(
  hot: HotQueries,
  instanceId: string,
  batch: readonly AdmissionRow[],
  notifications: readonly string[],
): Promise<Set<string>> {
  const admitted = await hot<{ id: string }>(...ADMIT_PARALLEL(batch, instanceId, notifications));
  return new Set(admitted.map((row) => row.id));
}

/** Inserts the rows at the ends of their queues, in their order in the batch. */
export async function admitQueued(
  hot: HotQueries,
  instanceId: string,
  batch: readonly AdmissionRow[],
  notifications: readonly string[],
): Promise<Map<string, AdmittedQueued>> {
  const admitted = await hot<AdmittedQueued>(...ADMIT_QUEUED(batch, instanceId, notifications));
  return new Map(admitted.map((row) => [row.id, row]));
}
