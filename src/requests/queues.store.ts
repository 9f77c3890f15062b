import { type Kysely, sql } from 'kysely';
import type { PageRequest } from '../database/keyset.ts';
import type { Database } from '../database/schema.ts';
import type { HttpMethod } from '../secrets/client-secret.ts';

export interface QueueRow {
  queue_key: string;
  url: string;
  method: HttpMethod;
  queue: string;
  waiting: number;
  oldest: Date | null;
  sending_id: string | null;
}

export interface QueueScope {
  applicationId: string;
  /** Null: whoever's requests. */
  owner: string | null;
  /** One queue alone. */
  queueKey: string | null;
}

/** Queues with requests in scope that are not settled; `limit` + 1 rows in the order of traversal. */
export async function readQueues(db: Kysely<Database>, scope: QueueScope, page: PageRequest): Promise<QueueRow[]> {
  const rows = await db
    .selectFrom('open_requests as o')
    .innerJoin('requests as r', (join) =>
      join.onRef('r.application_id', '=', 'o.application_id').onRef('r.id', '=', 'o.request_id'),
    )
    .select((eb) => [
      eb.ref('o.queue_key').$notNull().as('queue_key'),
      sql<string>`min(r.url)`.as('url'),
      sql<HttpMethod>`min(r.method)`.as('method'),
      sql<string>`min(r.queue)`.as('queue'),
      sql<number>`(count(*) filter (where o.started_at is null))::int`.as('waiting'),
      sql<Date | null>`min(r.created_at) filter (where o.started_at is null)`.as('oldest'),
      sql<string | null>`(min(r.id::text) filter (where o.started_at is not null))::uuid`.as('sending_id'),
    ])
    .where('o.application_id', '=', scope.applicationId)
    .where('o.queue_key', 'is not', null)
    .$if(scope.owner !== null, (qb) => qb.where('r.owner', '=', scope.owner ?? ''))
    .$if(scope.queueKey !== null, (qb) => qb.where('o.queue_key', '=', scope.queueKey ?? ''))
    .$if(page.after !== null, (qb) => qb.where('o.queue_key', '>', page.after ?? ''))
    .$if(page.before !== null, (qb) => qb.where('o.queue_key', '<', page.before ?? ''))
    .groupBy('o.queue_key')
    .orderBy('o.queue_key', page.backward ? 'desc' : 'asc')
    .limit(page.limit + 1)
    .execute();
  return rows;
}
