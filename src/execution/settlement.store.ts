import type { HotQueries } from '../database/database.ts';
import { rowBatches } from '../database/row-batches.ts';
import { type ClaimRow, claimed, claimOutcomes, type OutcomeRow, toClaims } from './claim.store.ts';
import { notifyOthers } from './notifications.ts';

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
  returning r.id, d.turn
)`;
}

const NOTIFIED = notifyOthers(instance, `unnest(${payloads}::text[])`);

const SETTLE = rows.statement('settle', (input) => `with ${done(input)} select id, ${NOTIFIED} from settled`);

const SETTLE_QUEUED = rows.statement(
  'settle-queued',
  (input) => `with ${done(input)},
${claimed('done', instance)}
${claimOutcomes(instance, `$${rows.size + 3}`)}
union all select 'settled', turn::integer, null, null, null, ${NOTIFIED} from settled`,
);

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

/** Stores ends of requests in queues and starts what comes next in them; undefined where it was settled before. */
export async function settleQueued(
  hot: HotQueries,
  instanceId: string,
  batch: readonly SettlementRow[],
  notifications: readonly string[],
): Promise<(ClaimRow | undefined)[]> {
  const statement = SETTLE_QUEUED(batch, instanceId, notifications, notifications.length > 0);
  const outcomes = await hot<OutcomeRow>(...statement);
  const settled = new Set(outcomes.filter(({ outcome }) => outcome === 'settled').map(({ turn }) => turn));
  return toClaims(batch.length, outcomes).map((claim, index) => (settled.has(index + 1) ? claim : undefined));
}
