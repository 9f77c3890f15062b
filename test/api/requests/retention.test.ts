import { sql } from 'kysely';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { idFloor, newId } from '../../../src/ids.ts';
import { lockRetention } from '../../../src/requests/retention.store.ts';
import { createRetention, type Retention } from '../../../src/requests/retention.ts';
import { type OpenedTestDatabase, openTestDatabase } from '../../support/databases.ts';

const DAY = 24 * 3_600_000;
const NOW = Date.parse('2026-06-01T00:00:00Z');

let database: OpenedTestDatabase;
let retention: Retention;
let removed: Record<string, number[]>;

beforeEach(async () => {
  database = await openTestDatabase();
  removed = {};
  retention = createRetention({
    db: database.handle.kysely,
    retentionMs: 30 * DAY,
    batchSize: 3,
    onRemoved(what, rows) {
      removed[what] ??= [];
      removed[what].push(rows);
    },
    onError: (error) => {
      throw error;
    },
    now: () => NOW,
  });
});
afterEach(async () => {
  await retention.stop();
  await database.close();
});

async function insertApplication(): Promise<string> {
  const id = newId();
  const application = { id, name: 'kept', allowed_origins: [], created_at: new Date(NOW) };
  await database.handle.kysely.insertInto('applications').values(application).execute();
  return id;
}

/** A request of so many days ago, settled at once unless told. */
async function insertRequest(applicationId: string, daysAgo: number, fields: object = {}): Promise<string> {
  const createdAt = new Date(NOW - daysAgo * DAY);
  const row = {
    application_id: applicationId,
    id: `${idFloor(createdAt.getTime()).slice(0, 13)}${newId().slice(13)}`,
    owner: newId(),
    client_secret_id: newId(),
    client_secret_name: 'openai',
    url: 'https://api.example/v1',
    method: 'GET',
    target: newId(),
    timeout_ms: 1_000,
    status: 'RESOLVED',
    created_at: createdAt,
    updated_at: createdAt,
    expires_at: createdAt,
    ...fields,
  };
  await database.handle.kysely.insertInto('requests').values(row).execute();
  return row.id;
}

async function remaining(): Promise<string[]> {
  const rows = await database.handle.kysely.selectFrom('requests').select('id').execute();
  return rows.map((row) => row.id).sort();
}

it('removes what was settled long enough ago, of every application, in small batches', async () => {
  const applications = [await insertApplication(), await insertApplication()];
  const kept: string[] = [];
  for (const application of applications) {
    for (const daysAgo of [31, 32, 45, 90, 400]) await insertRequest(application, daysAgo);
    kept.push(await insertRequest(application, 29), await insertRequest(application, 0));
  }
  await retention.sweep();
  expect(await remaining()).toEqual(kept.sort());
  expect(removed).toEqual({ requests: [3, 2, 3, 2] });
});

it('leaves what is not settled, and what was settled late', async () => {
  const application = await insertApplication();
  const pending = await insertRequest(application, 60, { status: 'PENDING' });
  const late = await insertRequest(application, 60, { updated_at: new Date(NOW - 29 * DAY) });
  const old = await insertRequest(application, 59);
  await retention.sweep();
  expect(await remaining()).toEqual([pending, late].sort());
  expect(await remaining()).not.toContain(old);
});

it('removes queues that nobody used for a day, and leaves those that are owned or have something open', async () => {
  const { kysely } = database.handle;
  const applicationId = await insertApplication();
  async function insertQueue(fields: object): Promise<string> {
    const key = newId();
    const row = {
      application_id: applicationId,
      queue_key: key,
      last_position: 7,
      acquired_position: 0,
      instance_id: null,
      epoch: 2,
      updated_at: new Date(NOW - 2 * DAY),
      ...fields,
    };
    await kysely.insertInto('queues').values(row).execute();
    return key;
  }
  await insertQueue({});
  const owned = await insertQueue({ instance_id: newId() });
  const fresh = await insertQueue({ updated_at: new Date(NOW) });
  const open = await insertQueue({});
  await kysely
    .insertInto('open_requests')
    .values({
      application_id: applicationId,
      request_id: newId(),
      queue_key: open,
      position: 7,
      expires_at: new Date(NOW),
    })
    .execute();
  await retention.sweep();
  const left = await kysely.selectFrom('queues').select('queue_key').execute();
  expect(left.map((row) => row.queue_key).sort()).toEqual([owned, fresh, open].sort());
  expect(removed).toEqual({ queues: [1] });
});

it('removes counts of minutes that are over', async () => {
  const { kysely } = database.handle;
  await sql`insert into rate_limits values ('over', 1, ${NOW - 1}), ('running', 1, ${NOW + 1}), ('forever', 1, null)`.execute(
    kysely,
  );
  await retention.sweep();
  const { rows } = await sql<{ key: string }>`select key from rate_limits order by key`.execute(kysely);
  expect(rows.map((row) => row.key)).toEqual(['forever', 'running']);
});

it('does nothing while another instance is at it', async ({ skip }) => {
  if (database.handle.kind === 'embedded') skip('the embedded database has one instance');
  const application = await insertApplication();
  await insertRequest(application, 60);
  await database.handle.kysely.transaction().execute(async (trx) => {
    expect(await lockRetention(trx)).toBe(true);
    await retention.sweep();
    expect(removed).toEqual({});
  });
  await retention.sweep();
  expect(removed).toEqual({ requests: [1] });
});

it('passes by a row that somebody has locked, and waits for nobody', async ({ skip }) => {
  if (database.handle.kind === 'embedded') skip('the embedded database runs one transaction at a time');
  const application = await insertApplication();
  const locked = await insertRequest(application, 60);
  await insertRequest(application, 59);
  await database.handle.kysely.transaction().execute(async (trx) => {
    await trx.selectFrom('requests').selectAll().where('id', '=', locked).forUpdate().execute();
    await retention.sweep();
    expect(await remaining()).toEqual([locked]);
  });
});
