import { type Kysely, type SelectQueryBuilder, sql } from 'kysely';
import type { PageRequest } from '../database/keyset.ts';
import type { Database, RequestRow } from '../database/schema.ts';
import { idFloor } from '../ids.ts';
import type { HttpMethod } from '../secrets/client-secret.ts';
import type { RequestErrorCode, RequestKey, RequestRecord, RequestStatus, ResponseKind } from './request.ts';

export interface HistoryQuery {
  applicationId: string;
  /** Null: all of the application's. */
  owner: string | null;
  target: string | null;
  queueKey: string | null;
  queue: string | null;
  method: HttpMethod | null;
  status: RequestStatus | null;
  clientSecretName: string | null;
}

type OpenColumns = { open_version: number | null; open_started_at: Date | null };

/** Requests with what is open about them laid over: an open one's start and version stand in its open row. */
function selectRequests(db: Kysely<Database>) {
  return db
    .selectFrom('requests')
    .leftJoin('open_requests', (join) =>
      join
        .onRef('open_requests.application_id', '=', 'requests.application_id')
        .onRef('open_requests.request_id', '=', 'requests.id'),
    )
    .selectAll('requests')
    .select(['open_requests.client_secret_version as open_version', 'open_requests.started_at as open_started_at']);
}

/**
 * Those that are there, in no order; give no key twice. Each is looked up by its key: a list of pairs with `in` Postgres can
 * only look for in all of an application's history.
 */
export async function findRequests(db: Kysely<Database>, keys: readonly RequestKey[]): Promise<RequestRecord[]> {
  if (keys.length === 0) return [];
  const applicationIds = keys.map((key) => key.applicationId);
  const ids = keys.map((key) => key.id);
  const wanted = sql<{ application_id: string; id: string }>`unnest(${applicationIds}::uuid[], ${ids}::uuid[])`;
  const rows = await selectRequests(db)
    .innerJoin(wanted.as<'wanted'>(sql`wanted(application_id, id)`), (join) =>
      join.onRef('wanted.application_id', '=', 'requests.application_id').onRef('wanted.id', '=', 'requests.id'),
    )
    .execute();
  return rows.map(toRecord);
}

export async function findByIdempotencyKey(db: Kysely<Database>, applicationId: string, owner: string, key: string) {
  const row = await selectRequests(db)
    .where('requests.application_id', '=', applicationId)
    .where('requests.owner', '=', owner)
    .where('requests.idempotency_key', '=', key)
    .select(sql<boolean>`requests.updated_at > requests.created_at`.as('is_kept'))
    .executeTakeFirst();
  return row === undefined ? null : { record: toRecord(row), fingerprint: row.fingerprint, isKept: row.is_kept };
}

/**
 * Before a pending one is given to somebody who asks by its idempotency key: from then on it is not taken back, though its
 * admission may have been reported as failed (`abandonRequest`). False where it is not pending any more. The mark is smaller
 * than what anybody is told of times.
 */
export async function keepPending(db: Kysely<Database>, { applicationId, id }: RequestKey): Promise<boolean> {
  const kept = await db
    .updateTable('requests')
    .set({ updated_at: sql<Date>`created_at + interval '1 microsecond'` })
    .where('application_id', '=', applicationId)
    .where('id', '=', id)
    .where('status', '=', 'PENDING')
    .executeTakeFirst();
  return kept.numUpdatedRows > 0n;
}

/** A page has fewer rows where their responses have more text, but one in any case: a hundred may have a gigabyte. */
const PAGE_BYTES = 8 * 1024 * 1024;

export interface HistoryRows {
  records: RequestRecord[];
  /** More rows come after them than were asked for, or than there is room for. */
  goesOn: boolean;
}

/** One page of up to `limit` rows in the order of traversal, by keyset on the ID. */
export async function readHistory(
  db: Kysely<Database>,
  query: HistoryQuery,
  direction: 'ASC' | 'DESC',
  page: PageRequest,
): Promise<HistoryRows> {
  const ascending = (direction === 'ASC') !== page.backward;
  const order = ascending ? 'asc' : 'desc';
  const [past, short] = page.backward ? [page.before, page.after] : [page.after, page.before];
  const found = narrowed(selectRequests(db), query)
    .$if(past !== null, (qb) => qb.where('requests.id', ascending ? '>' : '<', past ?? ''))
    .$if(short !== null, (qb) => qb.where('requests.id', ascending ? '<' : '>', short ?? ''))
    .orderBy('requests.id', order)
    .limit(page.limit + 1);
  // Of a long value the length is known without the value.
  const sized = db
    .selectFrom(found.as('found'))
    .selectAll('found')
    .select([
      sql<number>`sum(octet_length(response_body)) over (order by id ${sql.raw(order)})
        - coalesce(octet_length(response_body), 0)`.as('bytes_before'),
      sql<number>`count(*) over ()`.as('found_rows'),
    ]);
  const rows = await db
    .selectFrom(sized.as('sized'))
    .selectAll('sized')
    .where(sql<boolean>`coalesce(bytes_before, 0) < ${PAGE_BYTES}`)
    .orderBy('sized.id', order)
    .execute();
  const records = rows.slice(0, page.limit).map(toRecord);
  return { records, goesOn: Number(rows[0]?.found_rows ?? 0) > records.length };
}

type Selection = SelectQueryBuilder<
  Database & { open_requests: { [C in keyof Database['open_requests']]: Database['open_requests'][C] | null } },
  'requests' | 'open_requests',
  RequestRow & OpenColumns
>;

function narrowed(selection: Selection, query: HistoryQuery): Selection {
  const { owner, target, queueKey, queue, method, status, clientSecretName } = query;
  return (
    selection
      .where('requests.application_id', '=', query.applicationId)
      .$if(owner !== null, (qb) => qb.where('requests.owner', '=', owner ?? ''))
      .$if(queueKey !== null, (qb) => qb.where('requests.queue_key', '=', queueKey ?? ''))
      .$if(queueKey === null && target !== null, (qb) => qb.where('requests.target', '=', target ?? ''))
      .$if(queueKey === null && queue !== null, (qb) => qb.where('requests.queue', '=', queue ?? ''))
      .$if(target === null && method !== null, (qb) => qb.where('requests.method', '=', method ?? 'GET'))
      .$if(status !== null, (qb) => qb.where('requests.status', '=', status ?? ''))
      // What is pending is few: looked up by its open rows, however long the history. (A join leaves it to the planner, who walks.)
      .$if(status === 'PENDING', (qb) => qb.where(isOpen(query.applicationId)))
      .$if(clientSecretName !== null, (qb) => qb.where('requests.client_secret_name', '=', clientSecretName ?? ''))
  );
}

function isOpen(applicationId: string) {
  const open = sql`select o.request_id from open_requests o where o.application_id = ${applicationId}`;
  return sql<boolean>`requests.id = any(array(${open}))`;
}

/** How many unsettled requests of its queue come before it; null where it is settled. */
export async function countBefore(
  db: Kysely<Database>,
  record: Pick<RequestRecord, 'applicationId' | 'id' | 'queueKey'>,
): Promise<number | null> {
  const found = await sql<{ ahead: number }>`select (
      select count(*)::int from open_requests b
      where b.application_id = o.application_id and b.queue_key = o.queue_key and b.position < o.position
    ) as ahead from open_requests o
    where o.application_id = ${record.applicationId} and o.request_id = ${record.id}`.execute(db);
  return found.rows[0]?.ahead ?? null;
}

/** Removes a settled one; false where there is none. */
export async function deleteSettled(db: Kysely<Database>, applicationId: string, id: string): Promise<boolean> {
  const deleted = await db
    .deleteFrom('requests')
    .where('application_id', '=', applicationId)
    .where('id', '=', id)
    .where('status', '<>', 'PENDING')
    .executeTakeFirst();
  return deleted.numDeletedRows > 0n;
}

function toRecord(row: RequestRow & OpenColumns): RequestRecord {
  return {
    id: row.id,
    applicationId: row.application_id,
    owner: row.owner,
    // These three are written by this project alone, from the same unions.
    status: row.status as RequestStatus,
    method: row.method as HttpMethod,
    error:
      row.error_code === null
        ? null
        : { code: row.error_code as RequestErrorCode, message: row.error_message ?? row.error_code },
    clientSecretId: row.client_secret_id,
    clientSecretName: row.client_secret_name,
    clientSecretVersion: row.client_secret_version ?? row.open_version,
    url: row.url,
    target: row.target,
    queue: row.queue,
    queueKey: row.queue_key,
    headers: row.headers as Record<string, string | number> | null,
    body: row.body === null ? undefined : row.body,
    timeoutMs: row.timeout_ms,
    response:
      row.status_code === null
        ? null
        : {
            statusCode: row.status_code,
            headers: row.response_headers ?? {},
            kind: row.response_kind as ResponseKind | null,
            body: row.response_body,
          },
    createdAt: row.created_at,
    startedAt: row.started_at ?? row.open_started_at,
    updatedAt: row.started_at === null && row.open_started_at !== null ? row.open_started_at : row.updated_at,
    expiresAt: row.expires_at,
  };
}

/** An application's open requests, and those submitted since a moment; some 1,000 of each. */
export async function recentRequests(db: Kysely<Database>, applicationId: string, since: Date) {
  const recent = await selectRequests(db)
    .where('requests.application_id', '=', applicationId)
    .where('requests.id', '>=', idFloor(since.getTime()))
    .orderBy('requests.id', 'desc')
    .limit(1_000)
    .execute();
  const open = await db
    .selectFrom('open_requests')
    .select(['application_id as applicationId', 'request_id as id'])
    .where('application_id', '=', applicationId)
    .limit(1_000)
    .execute();
  const known = new Set(recent.map((row) => row.id));
  const older = await findRequests(
    db,
    open.filter((key) => !known.has(key.id)),
  );
  return [...recent.map(toRecord), ...older];
}
