import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Kysely, Migrator, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import * as firstMigration from '../../migrations/20261121000000_first.ts';
import { type Cluster, createCluster, type Instance } from '../support/instances.ts';
import { createDatabase } from '../support/postgres.ts';
import { REQUEST_FIELDS, type RequestFields, SUBMIT, type Submitted } from '../support/secrets.ts';
import { startThirdParty, type ThirdParty } from '../support/third-party.ts';

/** As in the fixture. */
const MASTER_KEY = `first:${Buffer.alloc(32, 7).toString('base64')}`;
const AS_APPLICATION = {
  'x-client-id': 'kh_W9Aj4qRc6x6amA-OUoMY',
  'x-client-secret': 'khs_m7Ia9_PYs77jeq1wcAmrzLGWgPKIHvon20E-ukv_7Sk',
};
const KEPT_VALUE = 'sk-test-kept-by-the-first-release';
const OLD_URL = 'http://third-party.example:8099/v1';

let thirdParty: ThirdParty;
let database: { url: string; drop(): Promise<void> };
let cluster: Cluster;
/** The one that is left in the end. */
let instance: Instance;
let acknowledged: string[];
/** Lines of the log of both. */
let logged: () => string[];

beforeAll(async () => {
  thirdParty = await startThirdParty();
  database = await createFirstDatabase(thirdParty.origin);
  cluster = createCluster(database.url, [new URL(thirdParty.origin).host], {
    KEYHOLE_MASTER_KEYS: MASTER_KEY,
    HISTORY_RETENTION_DAYS: '36500',
    LOG_LEVEL: 'info',
  });
  const starting = [cluster.start(), cluster.start()];
  const first = await Promise.race(starting);
  const traffic = startTraffic(first);
  const both = await Promise.all(starting);
  logged = () => both.flatMap((other) => other.lines);
  const second = both.find((other) => other !== first) ?? first;
  traffic.moveTo(second);
  await traffic.acknowledged(20);
  first.signal('SIGTERM');
  await first.exited;
  acknowledged = await traffic.stop();
  instance = second;
});

afterAll(async () => {
  await cluster.close();
  await database.drop();
  await thirdParty.close();
});

/** A database with the first migration's tables, and in them what the first release left. */
async function createFirstDatabase(origin: string) {
  const server = inject('postgres')?.url ?? '';
  const name = `keyhole_first_${randomUUID().replaceAll('-', '')}`;
  const url = new URL(server);
  url.pathname = `/${name}`;
  await execute(server, async (db) => void (await sql`create database ${sql.id(name)}`.execute(db)));
  await execute(url.href, async (db) => {
    const provider = { getMigrations: async () => ({ '20261121000000_first': firstMigration }) };
    const { error } = await new Migrator({ db, provider }).migrateToLatest();
    if (error !== undefined) throw error;
    const fixture = await readFile(new URL('../support/fixtures/first-release.sql', import.meta.url), 'utf8');
    await sql.raw(fixture.replaceAll('{origin}', origin)).execute(db);
  });
  const drop = () =>
    execute(server, async (db) => void (await sql`drop database ${sql.id(name)} with (force)`.execute(db)));
  return { url: url.href, drop };
}

async function execute<T>(url: string, run: (db: Kysely<unknown>) => Promise<T>): Promise<T> {
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  // Dropping a database may end a connection that is just being closed.
  pool.on('error', () => {});
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
  try {
    return await run(db);
  } finally {
    await db.destroy();
  }
}

function inputTo(path: string) {
  return {
    clientSecretName: 'images',
    method: 'POST',
    url: `${thirdParty.origin}${path}`,
    headers: { authorization: 'Bearer $CLIENT_SECRET' },
  };
}

/** Submits one request after another, in a queue that the first release used too, until it is stopped. */
function startTraffic(start: Instance) {
  const ids: string[] = [];
  const waiting: { count: number; resolve(): void }[] = [];
  let to = start;
  let stopped = false;
  async function run(): Promise<void> {
    while (!stopped) {
      const input = { ...inputTo('/traffic'), queue: 'q' };
      const { data } = await to.post<Submitted>(AS_APPLICATION, SUBMIT, { input });
      ids.push(data.clientSecretRequest.request.id);
      for (const waiter of waiting) if (ids.length >= waiter.count) waiter.resolve();
    }
  }
  const running = run();
  return {
    moveTo(other: Instance) {
      to = other;
    },
    /** Until so many more were acknowledged. */
    acknowledged: (more: number) =>
      Promise.race([running, new Promise<void>((resolve) => waiting.push({ count: ids.length + more, resolve }))]),
    async stop() {
      stopped = true;
      await running;
      return ids;
    },
  };
}

/** The application's requests, oldest first: those to a URL, or all. */
async function history(url: string | null): Promise<RequestFields[]> {
  const query = `query ($filter: ClientSecretRequestFilter) {
    clientSecretRequestHistory(first: 50, filter: $filter, direction: ASC) { edges { node { ...R } } }
  } ${REQUEST_FIELDS}`;
  const { data } = await instance.post<{ clientSecretRequestHistory: { edges: { node: RequestFields }[] } }>(
    AS_APPLICATION,
    query,
    { filter: { url } },
  );
  return data.clientSecretRequestHistory.edges.map((edge) => edge.node);
}

/** Those that were open, which the first release filed under another URL than they have here. */
async function opened(path: string): Promise<RequestFields[]> {
  return (await history(null)).filter((request) => request.url === `${thirdParty.origin}${path}`);
}

const received = (path: string) => thirdParty.requests.filter((request) => request.url.startsWith(path));

describe('a database of the first release', () => {
  it('has the tables of a new one, to the column and the index', async () => {
    const fresh = await createDatabase();
    try {
      expect(await describeTables(database.url)).toEqual(await describeTables(fresh.url));
    } finally {
      await fresh.drop();
    }
  });

  it('shows its history, found by URL, with what came back', async () => {
    const images = await history(`${OLD_URL}/images`);
    expect(images.map((request) => request.requestBody)).toEqual([
      { prompt: 'a house 0' },
      { prompt: 'a house 1' },
      { prompt: 'a house 2' },
      { prompt: 'again' },
    ]);
    for (const { status, responseBody } of images) {
      expect({ status, responseBody }).toMatchObject({
        status: 'RESOLVED',
        responseBody: { echo: 'Bearer $CLIENT_SECRET' },
      });
    }
    expect(await history(`${OLD_URL}/fail`)).toMatchObject([
      { status: 'FAILED', statusCode: 503, error: { code: 'UPSTREAM_STATUS' }, responseBody: { error: 'busy' } },
    ]);
  });

  it('knows its idempotency keys', async () => {
    const input = {
      ...inputTo('/unused'),
      url: `${OLD_URL}/images`,
      data: { prompt: 'again' },
      idempotencyKey: 'once',
    };
    const { data } = await instance.post<Submitted>(AS_APPLICATION, SUBMIT, { input });
    const images = await history(`${OLD_URL}/images`);
    expect(data.clientSecretRequest.request.id).toBe(images.at(-1)?.id);
  });

  it('opens its client secrets', async () => {
    const input = { ...inputTo('/now'), wait: 10_000 };
    const { data } = await instance.post<Submitted>(AS_APPLICATION, SUBMIT, { input });
    expect(data.clientSecretRequest.request.status).toBe('RESOLVED');
    expect(received('/now')[0]?.headers.authorization).toBe(`Bearer ${KEPT_VALUE}`);
  });

  it('has what waited sent, in order, and what was being sent ended as it should', async () => {
    await expect
      .poll(async () => (await opened('/hang/queued')).map((request) => request.status), { timeout: 15_000 })
      .toEqual(['RESOLVED', 'RESOLVED', 'RESOLVED']);
    expect(received('/hang/queued').map((request) => request.headers['idempotency-key'])).toEqual(['k1', 'k2', 'k3']);
    expect(received('/hang/queued')[0]?.headers.authorization).toBe(`Bearer ${KEPT_VALUE}`);
    expect(await opened('/hang/get')).toMatchObject([{ status: 'RESOLVED' }]);
    expect(await opened('/hang/post')).toMatchObject([{ error: { code: 'OUTCOME_UNKNOWN' } }]);
    expect(received('/hang/post')).toEqual([]);
    expect(logged().filter((line) => line.includes('"outcome":"OUTCOME_UNKNOWN"'))).toHaveLength(1);
  });
});

it('whatever was acknowledged while instances came and went was sent, once and in order', async () => {
  expect(acknowledged.length).toBeGreaterThan(20);
  await expect.poll(() => received('/traffic').length, { timeout: 15_000 }).toBe(acknowledged.length);
  for (const request of received('/traffic')) expect(request.overlapping).toBe(0);
});

/** Columns, indexes and settings of every table. */
function describeTables(url: string): Promise<unknown> {
  return execute(url, async (db) => {
    const columns = await sql`select table_name, column_name, data_type, is_nullable, column_default
      from information_schema.columns where table_schema = 'public' order by table_name, column_name`.execute(db);
    const indexes =
      await sql`select indexname, indexdef from pg_indexes where schemaname = 'public' order by 1`.execute(db);
    const settings = await sql`select relname, reloptions from pg_class where relnamespace = 'public'::regnamespace
      and relkind = 'r' order by 1`.execute(db);
    return { columns: columns.rows, indexes: indexes.rows, settings: settings.rows };
  });
}
