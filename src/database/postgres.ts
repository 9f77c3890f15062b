import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { parseJson } from '../ordered-json.ts';
import type { DatabaseHandle, DatabaseOptions } from './handle.ts';
import { createHotConnections } from './hot-connections.ts';
import { migrateToLatest } from './migrate.ts';
import { BY_INDEX_ALONE, ONE_PLAN_FOR_ALL } from './planner.ts';
import { ask, guard } from './postgres-client.ts';
import type { Database } from './schema.ts';

/** int8 as a number: positions and counts stay below 2^53. json as it was written: its columns keep the text. */
const types: pg.CustomTypesConfig = {
  getTypeParser(oid, format) {
    if (oid === pg.types.builtins.INT8) return Number;
    return oid === pg.types.builtins.JSON ? parseJson : pg.types.getTypeParser(oid, format);
  },
};

type PostgresOptions = DatabaseOptions & { databaseUrl: string };

/**
 * Settings are made by SET at connecting and hot statements are named, so a pooler in front (PgBouncer) must keep sessions,
 * or in transaction mode track prepared statements.
 */
export function openPostgres(options: PostgresOptions): DatabaseHandle {
  const {
    databaseUrl,
    poolSize = 10,
    writePoolSize = 3,
    queryTimeoutMs = 20_000,
    heartbeatTimeoutMs = 2_000,
  } = options;
  // The server gives up first, so that its answer says why; the client's own limit is for connections that swallow bytes.
  const settings = `set statement_timeout = ${Math.ceil(queryTimeoutMs * 0.75)};
    set idle_in_transaction_session_timeout = ${queryTimeoutMs};
    ${BY_INDEX_ALONE}`;
  const general = createPool(options, { max: poolSize }, settings, queryTimeoutMs);
  const writes = createPool(options, { max: writePoolSize }, `${settings} ${ONE_PLAN_FOR_ALL}`, queryTimeoutMs);
  const ofHeartbeat = { max: 1, connectionTimeoutMillis: heartbeatTimeoutMs };
  const heartbeatSettings = `set statement_timeout = ${Math.ceil(heartbeatTimeoutMs * 0.75)}`;
  const heartbeat = createPool(options, ofHeartbeat, heartbeatSettings, heartbeatTimeoutMs);
  const hot = createHotConnections(writes, types, queryTimeoutMs);
  const beating = createHotConnections(heartbeat, types, heartbeatTimeoutMs);
  return {
    kind: 'postgres',
    kysely: kyselyOn(general, queryTimeoutMs),
    hot: hot.hot,
    heartbeat: beating.hot,
    pool: libraryPool(general, queryTimeoutMs),
    listenUrl: databaseUrl,
    async migrate() {
      // Without limits of time: another instance may be migrating, and a step may be long.
      const pool = createPool(options, { max: 1 }, '', null);
      try {
        return await migrateToLatest(kyselyOn(pool, null));
      } finally {
        await pool.end();
      }
    },
    stats: () => ({
      total: general.totalCount + writes.totalCount,
      idle: general.idleCount + writes.idleCount + hot.idle,
      waiting: general.waitingCount + writes.waitingCount,
    }),
    upkeep: null,
    async close() {
      for (const connections of [hot, beating]) connections.release();
      await Promise.all([general.end(), writes.end(), heartbeat.end()]);
    },
  };
}

function createPool(
  options: PostgresOptions,
  config: pg.PoolConfig,
  settings: string,
  timeoutMs: number | null,
): pg.Pool {
  const pool = new pg.Pool({
    connectionString: options.databaseUrl,
    application_name: 'keyhole',
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    types,
    // Not as startup parameters, which poolers refuse and which `options` in the URL would replace. The pool awaits it.
    onConnect: async (client: pg.ClientBase) => {
      if (settings !== '') await ask(timeoutMs, (done) => client.query(settings, done));
    },
    ...config,
  });
  // The pool reports idle connections alone; an error of one in use would end the process if nobody listened to it.
  pool.on('connect', (client) => client.on('error', options.onPoolError));
  pool.on('error', () => {});
  return pool;
}

function kyselyOn(pool: pg.Pool, timeoutMs: number | null): Kysely<Database> {
  return new Kysely({
    dialect: new PostgresDialect({
      pool: { connect: async () => guard(await pool.connect(), timeoutMs), end: async () => {} },
    }),
  });
}

/** What libraries ask of a pool of pg's. */
function libraryPool(pool: pg.Pool, timeoutMs: number): Pick<pg.PoolClient, 'query'> {
  async function query(config: pg.QueryConfig): Promise<pg.QueryResult> {
    const client = guard(await pool.connect(), timeoutMs);
    try {
      return await client.query(config);
    } finally {
      client.release();
    }
  }
  return { query: query as pg.PoolClient['query'] };
}
