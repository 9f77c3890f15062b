import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BY_INDEX_ALONE, ONE_PLAN_FOR_ALL } from '../../../src/database/planner.ts';
import type { Database } from '../../../src/database/schema.ts';
import { type AdmissionRow, admitParallel, admitQueued } from '../../../src/execution/admission.store.ts';
import { claim, type QueueLease, startWaiting, type WaitingRow } from '../../../src/execution/claim.store.ts';
import { type SettlementRow, settle, settleQueued } from '../../../src/execution/settlement.store.ts';
import { newId } from '../../../src/ids.ts';
import { findRequests, readHistory } from '../../../src/requests/requests.store.ts';
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
function walksOf(name: string, plan: Plan): string[] {
  const found: string[] = [];
  const isWhole = plan['Node Type'].includes('Scan') && plan['Index Cond'] === undefined;
  const byIndex = plan['Node Type'].startsWith('Index') || plan['Node Type'] === 'Seq Scan';
  if (isWhole && byIndex) found.push(`${name}: ${plan['Index Name'] ?? plan['Relation Name']}`);
  const key = plan['Index Name'] ?? '';
  const isHalf = KEYS_OF_TWO.test(key) && !plan['Index Cond']?.includes(' AND ');
  if (isHalf) found.push(`${name}: half of ${key}`);
  const hasIds = plan['Index Cond']?.includes('(id = ANY') === true;
  if (/^(requests|client_secrets)_(?!pkey)/.test(key) && !hasIds) found.push(`${name}: ${key}`);
  return [...found, ...(plan.Plans ?? []).flatMap((inner) => walksOf(name, inner))];
}

async function explain(name: string, text: string, parameters: readonly unknown[] = []): Promise<string[]> {
  const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(`explain (format json) ${text}`, [
    ...parameters,
  ]);
  return walksOf(name, rows[0]?.['QUERY PLAN'][0].Plan ?? { 'Node Type': 'nothing' });
}

async function walks(): Promise<string[]> {
  await client.query('discard plans');
  const { rows: statements } = await client.query<{ name: string; arguments: number }>(
    "select name, cardinality(parameter_types) as arguments from pg_prepared_statements where name <> ''",
  );
  const found: string[] = [];
  for (const { name, arguments: count } of statements) {
    const nothing = Array.from({ length: count }, () => 'null').join(', ');
    found.push(...(await explain(name, `execute "${name}"(${nothing})`)));
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

const APPLICATION = '00000000-0000-7000-8000-000000000001';
const OWNER = '00000000-0000-7000-8000-000000000002';

describe('beside a history of their application', () => {
  let pool: pg.Pool;
  const asked: { sql: string; parameters: readonly unknown[] }[] = [];
  const log = ({ query }: { query: (typeof asked)[number] }) => void asked.push(query);
  beforeAll(async () => {
    for (const insert of [HISTORY, 'analyze requests']) await client.query(insert);
    pool = new pg.Pool({ connectionString: database.url });
  });
  afterAll(() => pool.end());

  /** What the only query of `read` walks. */
  async function walksIn(read: (db: Kysely<Database>) => Promise<unknown>): Promise<string[]> {
    asked.length = 0;
    await read(new Kysely({ dialect: new PostgresDialect({ pool }), log }));
    expect(asked).toHaveLength(1);
    return (await Promise.all(asked.map(({ sql, parameters }) => explain('read', sql, parameters)))).flat();
  }

  // Whatever other instances tell of is read so, and every few seconds what somebody watches.
  it.each([1, 2, 500])('requests are looked up by key, %i at a time', async (count) => {
    const { rows: keys } = await pool.query<{ applicationId: string; id: string }>(
      'select application_id as "applicationId", id from requests order by id limit $1',
      [count],
    );
    const walked = await walksIn(async (db) => {
      expect((await findRequests(db, keys)).map(({ id }) => id).sort()).toEqual(keys.map(({ id }) => id));
    });
    expect(walked).toEqual([]);
  });

  it.each([null, OWNER])('those that are pending are looked up by what is open, of owner %s', async (owner) => {
    const query = { owner, target: null, queueKey: null, queue: null, method: null, clientSecretName: null };
    const page = { limit: 25, backward: false, after: null, before: null };
    for (const direction of ['ASC', 'DESC'] as const) {
      const walked = await walksIn((db) =>
        readHistory(db, { ...query, applicationId: APPLICATION, status: 'PENDING' }, direction, page),
      );
      expect(walked, direction).toEqual(['read: half of open_requests_pkey']);
    }
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
const HISTORY = `insert into requests (application_id, id, owner, client_secret_id, client_secret_name, url, method, target,
    timeout_ms, status, created_at, updated_at, expires_at)
  select '${APPLICATION}', gen_random_uuid(), '${OWNER}', gen_random_uuid(), 'a',
    'https://api.test', 'GET', gen_random_uuid(), 1, 'RESOLVED', now(), now(), now() ${ROWS}`;
