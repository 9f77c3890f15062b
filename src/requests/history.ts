import type { Kysely } from 'kysely';
import { ownerOf, type TenantCaller } from '../applications/caller.ts';
import { type PageRequest, parsePage, toPage } from '../database/keyset.ts';
import type { Database } from '../database/schema.ts';
import { forbidden } from '../errors.ts';
import { type QueueRow, readQueues } from './queues.store.ts';
import type { Queue, RequestFilter } from './request.ts';
import { checkFilter, targetsOf } from './request-filter.ts';
import type { RequestsService } from './requests.port.ts';
import { findRequests, type HistoryQuery, type HistoryRows, readHistory } from './requests.store.ts';
import { queueKeyOf } from './target.ts';

export interface History {
  page: RequestsService['history'];
  queues: RequestsService['queues'];
  queue: RequestsService['findQueue'];
}

/** Whose requests a caller's history holds; null for all of the application's. Throws FORBIDDEN for visitors without an ID. */
export function historyOwner(caller: TenantCaller): string | null {
  if (caller.kind === 'APPLICATION') return null;
  if (caller.kind === 'VISITOR' && caller.visitorId === null) {
    throw forbidden('A visitor has a history only with an X-Visitor-Id.');
  }
  return ownerOf(caller);
}

export function createHistory(db: Kysely<Database>): History {
  async function page(
    caller: TenantCaller,
    filter: RequestFilter,
    direction: 'ASC' | 'DESC',
    args: Parameters<typeof parsePage>[0],
  ) {
    const owner = historyOwner(caller);
    checkFilter(filter);
    const request = parsePage(args);
    const targets = targetsOf(filter) ?? [null];
    const queries = targets.map((target) => toQuery(caller.application.id, owner, filter, target));
    const parts = await Promise.all(queries.map((query) => readHistory(db, query, direction, request)));
    const { records, goesOn } = merge(parts, (direction === 'ASC') !== request.backward, request);
    return toPage(records, request, (record) => record.id, goesOn);
  }

  async function queues(caller: TenantCaller, args: Parameters<typeof parsePage>[0]) {
    const request = parsePage(args);
    const { applicationId, owner } = scopeOf(caller);
    const rows = await readQueues(db, { applicationId, owner, queueKey: null }, request);
    const { edges, ...info } = toPage(rows, request, (row) => row.queue_key);
    const nodes = await toQueues(
      applicationId,
      edges.map((edge) => edge.node),
    );
    const filled = edges.flatMap(({ cursor }, index) => {
      const node = nodes[index];
      return node === undefined ? [] : [{ cursor, node }];
    });
    return { edges: filled, ...info };
  }

  async function queue(caller: TenantCaller, id: string): Promise<Queue | null> {
    const { applicationId, owner } = scopeOf(caller);
    const one = { limit: 1, backward: false, after: null, before: null };
    const rows = await readQueues(db, { applicationId, owner, queueKey: id }, one);
    const [found] = await toQueues(applicationId, rows);
    return found ?? null;
  }

  async function toQueues(applicationId: string, rows: readonly QueueRow[]): Promise<Queue[]> {
    const ids = rows.flatMap((row) => row.sending_id ?? []);
    const sending = await findRequests(
      db,
      ids.map((id) => ({ applicationId, id })),
    );
    const byId = new Map(sending.map((record) => [record.id, record]));
    return rows.map((row) => ({
      id: row.queue_key,
      applicationId,
      url: row.url,
      method: row.method,
      queue: row.queue,
      waitingCount: row.waiting,
      oldestWaitingAt: row.oldest,
      sending: byId.get(row.sending_id ?? '') ?? null,
    }));
  }

  return { page, queues, queue };
}

function scopeOf(caller: TenantCaller) {
  return { applicationId: caller.application.id, owner: historyOwner(caller) };
}

function toQuery(applicationId: string, owner: string | null, filter: RequestFilter, target: string | null) {
  const { queue, method, status, clientSecretName } = filter;
  const queueKey = target !== null && queue ? queueKeyOf(target, queue) : null;
  const query: HistoryQuery = {
    applicationId,
    owner,
    target,
    queueKey,
    queue: queue ?? null,
    method: method ?? null,
    status: status ?? null,
    clientSecretName: clientSecretName ?? null,
  };
  return query;
}

/** Pages of several targets as one, in the order of traversal: no further than each of them was read. */
function merge(parts: readonly HistoryRows[], ascending: boolean, { limit }: PageRequest): HistoryRows {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  const isBefore = (a: string, b: string) => (ascending ? a < b : a > b);
  const ends = parts.flatMap(({ records, goesOn }) => (goesOn ? (records.at(-1)?.id ?? []) : []));
  const records = parts
    .flatMap((part) => part.records)
    .filter(({ id }) => !ends.some((end) => isBefore(end, id)))
    .sort((a, b) => (isBefore(a.id, b.id) ? -1 : 1));
  return { records: records.slice(0, limit), goesOn: ends.length > 0 || records.length > limit };
}
