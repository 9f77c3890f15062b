import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type DatabaseHandle, openDatabase } from '../../../src/database/database.ts';
import {
  type OwnRequest,
  overdueRequests,
  ownQueues,
  ownRequests,
  type QueueRow,
} from '../../../src/execution/recovery.store.ts';
import { newId } from '../../../src/ids.ts';
import { createDatabase, type TestDatabase } from '../../support/postgres.ts';

const MINE = newId();
const APPLICATIONS = [newId(), newId()];
let testDatabase: TestDatabase;
let database: DatabaseHandle;

beforeAll(async () => {
  testDatabase = await createDatabase();
  database = await openDatabase({ databaseUrl: testDatabase.url, dataDir: null, onPoolError: () => {} });
  for (const application of APPLICATIONS) {
    await sql`with q as (select gen_random_uuid() as key, n from generate_series(1, 30) n),
      queue as (
        insert into queues (application_id, queue_key, last_position, acquired_position, instance_id, epoch)
        select ${application}::uuid, key, 2, 0, case when n % 3 > 0 then ${MINE}::uuid else ${newId()}::uuid end, 1 from q
      )
      insert into open_requests (application_id, request_id, queue_key, position, expires_at)
      select ${application}::uuid, gen_random_uuid(), key, p, now() from q cross join generate_series(1, 2) p`.execute(
      database.kysely,
    );
    await sql`insert into open_requests (application_id, request_id, instance_id, expires_at)
      select ${application}::uuid, gen_random_uuid(), case when n % 3 > 0 then ${MINE}::uuid else ${newId()}::uuid end, now()
      from generate_series(1, 30) n`.execute(database.kysely);
  }
});
afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});

/** All parts, one after the other. */
async function inParts<Row>(read: (after: Row | null) => Promise<Row[]>): Promise<Row[][]> {
  const parts: Row[][] = [];
  for (let last: Row | null = null; ; ) {
    const rows: Row[] = await read(last);
    if (rows.length === 0) return parts;
    parts.push(rows);
    last = rows.at(-1) ?? null;
  }
}

it('finds all queues that are its own and have requests, however many, a part at a time', async () => {
  const parts = await inParts<QueueRow>((after) => ownQueues(database.kysely, MINE, after, 15));
  expect(parts.map((part) => part.length)).toEqual([15, 15, 10]);
  expect(new Set(parts.flat().map(({ queue_key }) => queue_key)).size).toBe(40);
});

it('finds all requests without a queue that are its own, a part at a time', async () => {
  const parts = await inParts<OwnRequest>((after) => ownRequests(database.kysely, MINE, after, 15));
  expect(parts.map((part) => part.length)).toEqual([15, 15, 10]);
  expect(new Set(parts.flat().map(({ id }) => id)).size).toBe(40);
});

it('what is overdue is so by the clock of the servers, which set when it expires', async () => {
  expect(await overdueRequests(database.kysely, new Date(Date.now() - 60_000), 500)).toEqual([]);
  expect(await overdueRequests(database.kysely, new Date(Date.now() + 60_000), 500)).toHaveLength(180);
});
