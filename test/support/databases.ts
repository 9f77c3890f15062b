import { openAsBlob } from 'node:fs';
import { inject } from 'vitest';
import { type DatabaseHandle, openDatabase } from '../../src/database/database.ts';
import { createDatabase } from './postgres.ts';

/** What to open a migrated, empty database with: a URL of Postgres, or a dump to start an embedded one from. */
export type DatabaseSource = { url: string; snapshot?: never } | { url: null; snapshot: Blob };

export type TestDatabaseSource = DatabaseSource & {
  /** Once it is closed everywhere. */
  drop(): Promise<void>;
};

export interface OpenedTestDatabase {
  handle: DatabaseHandle;
  /** Closes it and removes it. */
  close(): Promise<void>;
}

/**
 * A database of the kind that the project tests: each file in `test/api/` runs on the embedded one, and again on real Postgres
 * where there is one.
 */
export async function createTestDatabase(): Promise<TestDatabaseSource> {
  const file = inject('snapshot');
  return file === null
    ? createDatabase()
    : { url: null, snapshot: await openAsBlob(file), drop: () => Promise.resolve() };
}

/** The same, opened. */
export async function openTestDatabase(): Promise<OpenedTestDatabase> {
  const { url: databaseUrl, snapshot, drop } = await createTestDatabase();
  const start = snapshot === undefined ? {} : { snapshot };
  const handle = await openDatabase({ databaseUrl, dataDir: null, onPoolError: () => {}, ...start });
  return {
    handle,
    async close() {
      await handle.close();
      await drop();
    },
  };
}
