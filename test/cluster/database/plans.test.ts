import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BY_INDEX_ALONE } from '../../../src/database/planner.ts';
import { createDatabase, type TestDatabase } from '../../support/postgres.ts';

let database: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  database = await createDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  // As hot statements are planned once they have run a few times.
  await client.query(`${BY_INDEX_ALONE} set plan_cache_mode = force_generic_plan`);
});

afterAll(async () => {
  await client.end();
  await database.drop();
});

const TABLES: readonly (readonly [table: string, id: string])[] = [
  ['requests', 'id'],
  ['open_requests', 'request_id'],
  ['client_secrets', 'id'],
  ['queues', 'queue_key'],
];

describe('a batch finds its rows by primary key, and not by an index over all that the application has', () => {
  it.each(['while the table is empty', 'when it was analysed empty'])('%s', async (state) => {
    if (state.includes('analysed')) await client.query('vacuum analyze');
    for (const [table, id] of TABLES) {
      await client.query(`prepare look_up as select r.ctid from unnest($1::uuid[], $2::uuid[]) as t (application_id, id)
        join ${table} r on r.application_id = t.application_id and r.${id} = t.id`);
      const { rows } = await client.query<{ 'QUERY PLAN': string }>("explain execute look_up('{}', '{}')");
      await client.query('deallocate look_up');
      expect(rows.map((row) => row['QUERY PLAN']).join('\n')).toContain(`using ${table}_pkey on`);
    }
  });
});
