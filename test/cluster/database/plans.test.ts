import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BY_INDEX_ALONE, ONE_PLAN_FOR_ALL } from '../../../src/database/planner.ts';
import { type AdmissionRow, admitParallel, admitQueued } from '../../../src/execution/admission.store.ts';
import { claim, type QueueLease, startWaiting, type WaitingRow } from '../../../src/execution/claim.store.ts';
import { type SettlementRow, settle, settleQueued } from '../../../src/execution/settlement.store.ts';
import { newId } from '../../../src/ids.ts';
import { createDatabase, hotQueriesOn, type TestDatabase } from '../../support/postgres.ts';

let database: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  database = await createDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query(`${BY_INDEX_ALONE} ${ONE_PLAN_FOR_ALL}`);
  const hot = hotQueriesOn(client);
  const instanceId = newId();
  // One row has a statement of its own. Of nothing but nulls: it finds nothing.
  for (const batch of [[], [{}]]) {
    await admitParallel(hot, instanceId, batch as AdmissionRow[], []);
    await admitQueued(hot, instanceId, batch as AdmissionRow[], []);
    await settle(hot, instanceId, batch as SettlementRow[], []);
    await settleQueued(hot, instanceId, batch as SettlementRow[], []);
    await claim(hot, instanceId, batch as QueueLease[], false);
    await startWaiting(hot, instanceId, batch as WaitingRow[]);
  }
});

afterAll(async () => {
  await client.end();
  await database.drop();
});

interface Plan {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  'Index Cond'?: string;
  Plans?: Plan[];
}

const KEYS_OF_TWO = /^(requests|client_secrets|open_requests|queues)_pkey$/;

/** Tables that a plan walks as a whole, or all of an application's rows of them, as statement and index. */
async function walks(): Promise<string[]> {
  await client.query('discard plans');
  const { rows: statements } = await client.query<{ name: string; arguments: number }>(
    'select name, cardinality(parameter_types) as arguments from pg_prepared_statements',
  );
  const found: string[] = [];
  for (const statement of statements) {
    if (statement.name === '') continue;
    const nothing = Array.from({ length: statement.arguments }, () => 'null').join(', ');
    const explained = await client.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
      `explain (format json) execute "${statement.name}"(${nothing})`,
    );
    const walk = (plan: Plan) => {
      const isWhole = plan['Node Type'].includes('Scan') && plan['Index Cond'] === undefined;
      const byIndex = plan['Node Type'].startsWith('Index') || plan['Node Type'] === 'Seq Scan';
      if (isWhole && byIndex) found.push(`${statement.name}: ${plan['Index Name'] ?? plan['Relation Name']}`);
      const key = plan['Index Name'] ?? '';
      const isHalf = KEYS_OF_TWO.test(key) && !plan['Index Cond']?.includes(' AND ');
      if (isHalf) found.push(`${statement.name}: half of ${key}`);
      if (/^(requests|client_secrets)_(?!pkey)/.test(key)) found.push(`${statement.name}: ${key}`);
      for (const inner of plan.Plans ?? []) walk(inner);
    };
    walk(explained.rows[0]?.['QUERY PLAN'][0].Plan ?? { 'Node Type': 'nothing' });
  }
  return found;
}

describe('batches look their rows up by key and walk no table', () => {
  it('planned while the tables are empty', async () => {
    expect(await walks()).toEqual([]);
  });

  it('planned again when the tables have grown since they were analysed', async () => {
    await client.query('vacuum analyze');
    for (const insert of GROWTH) await client.query(insert);
    expect(await walks()).toEqual([]);
  });
});

const ROWS = 'from generate_series(1, 2000)';
const GROWTH = [
  `insert into applications (id, name, allowed_origins, created_at) select gen_random_uuid(), 'a', '{}', now() ${ROWS}`,
  `insert into client_secrets (application_id, id, name, masked_secret, key_id, wrapped_key, sealed_value, locked,
      allowed_urls, allowed_methods, allowed_placements, tags, users_allowed, groups_allowed, created_at, updated_at)
    select id, gen_random_uuid(), 'a', '', '', '', '', false, '{}', '{}', '{}', '{}', '[]', '[]', now(), now()
    from applications`,
  `insert into requests (application_id, id, owner, client_secret_id, client_secret_name, url, method, target, timeout_ms,
      status, created_at, updated_at, expires_at)
    select gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'a', 'https://api.test', 'GET',
      gen_random_uuid(), 1, 'RESOLVED', now(), now(), now() ${ROWS}`,
  `insert into queues (application_id, queue_key, last_position, acquired_position, epoch)
    select gen_random_uuid(), gen_random_uuid(), 1, 1, 1 ${ROWS}`,
  `insert into open_requests (application_id, request_id, queue_key, position, expires_at)
    select gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 1, now() ${ROWS}`,
];
