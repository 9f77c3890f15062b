import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type DatabaseHandle, openDatabase } from '../../../src/database/database.ts';
import { isUnavailable } from '../../../src/database/unavailable.ts';
import { type HalfOpenProxy, startHalfOpenProxy } from '../../support/half-open-proxy.ts';
import { type PostgresServer, startPostgresServer } from '../../support/postgres-server.ts';
import { findRequirements } from '../../support/requirements.ts';

const opened: DatabaseHandle[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((database) => database.close()));
});

async function open(databaseUrl: string, queryTimeoutMs?: number): Promise<DatabaseHandle> {
  const limit = queryTimeoutMs === undefined ? {} : { queryTimeoutMs };
  const database = await openDatabase({ databaseUrl, dataDir: null, onPoolError: () => {}, ...limit });
  opened.push(database);
  return database;
}

const hot = (database: DatabaseHandle) => database.hot<{ one: number }>({ name: 'one', text: 'select 1 as one' }, []);
const ordinary = async (database: DatabaseHandle) =>
  (await sql<{ one: number }>`select 1 as one`.execute(database.kysely)).rows;

async function faultOf(statement: Promise<unknown>): Promise<unknown> {
  return statement.then(
    () => 'no error',
    (error: unknown) => error,
  );
}

describe.skipIf(findRequirements().postgresBinaries === null)('when Postgres goes away', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgresServer();
  });
  afterAll(() => server.close());

  it('says that the database is away while it is, and works again once it is back', async () => {
    const database = await open(server.url);
    expect([await hot(database), await ordinary(database)]).toEqual([[{ one: 1 }], [{ one: 1 }]]);
    await server.stop('immediate');
    for (const ask of [hot, ordinary]) expect(await faultOf(ask(database))).toSatisfy(isUnavailable);
    await server.start();
    expect([await hot(database), await ordinary(database)]).toEqual([[{ one: 1 }], [{ one: 1 }]]);
  });

  it('survives a stop in the middle of a transaction, between two statements', async () => {
    const database = await open(server.url);
    const transaction = database.kysely.transaction().execute(async (trx) => {
      await sql`select 1`.execute(trx);
      await server.stop();
      await sql`select 1`.execute(trx);
    });
    expect(await faultOf(transaction)).toSatisfy(isUnavailable);
    await server.start();
    expect(await ordinary(database)).toEqual([{ one: 1 }]);
  });

  it('says which statement took too long, and keeps its connection', async () => {
    const database = await open(server.url, 400);
    const fault = await faultOf(sql`select pg_sleep(60)`.execute(database.kysely));
    expect(fault).toMatchObject({ code: '57014' });
    expect(fault).toSatisfy(isUnavailable);
    expect(database.stats()).toMatchObject({ total: 1, idle: 1 });
  });

  it('gives up connections that went silent, instead of waiting for ever or using them again', async () => {
    const proxy: HalfOpenProxy = await startHalfOpenProxy(join(server.socketFolder, '.s.PGSQL.5432'));
    try {
      const database = await open(`postgresql://postgres@127.0.0.1:${proxy.port}/postgres`, 300);
      await Promise.all([hot(database), ordinary(database)]);
      proxy.swallow();
      const inTransaction = database.kysely.transaction().execute((trx) => sql`select 1`.execute(trx));
      for (const asked of [hot(database), inTransaction]) expect(await faultOf(asked)).toSatisfy(isUnavailable);
      proxy.heal();
      expect([await hot(database), await ordinary(database)]).toEqual([[{ one: 1 }], [{ one: 1 }]]);
    } finally {
      await proxy.close();
    }
  });
});
