import type { PGlite } from '@electric-sql/pglite';
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from 'kysely';
import type { Mutex, Release } from './mutex.ts';

/** What the dialect needs of PGlite. */
export type PGliteQueries = Pick<PGlite, 'query'>;

/**
 * Kysely on PGlite, which is one connection: whoever holds it, a transaction included, holds `mutex`. The owner of `client`
 * closes it, not Kysely.
 */
export function pgliteDialect(client: PGliteQueries, mutex: Mutex): Dialect {
  return {
    createDriver: () => pgliteDriver(client, mutex),
    createAdapter: () => new PostgresAdapter(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  };
}

function pgliteDriver(client: PGliteQueries, mutex: Mutex): Driver {
  const connection = pgliteConnection(client);
  let release: Release | undefined;
  const run = (text: string) => connection.executeQuery(CompiledQuery.raw(text));
  return {
    async init() {},
    async acquireConnection() {
      release = await mutex.acquire();
      return connection;
    },
    async beginTransaction(_, { isolationLevel, accessMode }) {
      await run(['begin', isolationLevel && `isolation level ${isolationLevel}`, accessMode].filter(Boolean).join(' '));
    },
    async commitTransaction() {
      await run('commit');
    },
    async rollbackTransaction() {
      await run('rollback');
    },
    async releaseConnection() {
      release?.();
    },
    async destroy() {},
  };
}

function pgliteConnection(client: PGliteQueries): DatabaseConnection {
  return {
    async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
      const { rows, affectedRows } = await client.query<Row>(sql, [...parameters]);
      return { rows, numAffectedRows: BigInt(affectedRows ?? 0) };
    },
    // biome-ignore lint/correctness/useYield: it refuses instead.
    async *streamQuery() {
      throw new Error('The embedded database does not stream; read in pages');
    },
  };
}
