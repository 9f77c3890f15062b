import { openAsBlob } from 'node:fs';
import { inject } from 'vitest';
import { type DatabaseHandle, openDatabase } from '../../src/database/database.ts';
import { createDatabase } from './postgres.ts';

export interface OpenedTestDatabase {
  handle: DatabaseHandle;
  /** Of the Postgres database, for other processes and other instances; null where it is embedded. */
  url: string | null;
  /** Closes it and removes it. */
  close(): Promise<void>;
}

/**
 * A migrated, empty database of the kind that the project tests: each file in `test/api/` runs on the embedded one, and again
 * on real Postgres where there is one.
 */
export async function openTestDatabase(): Promise<OpenedTestDatabase> {
  const snapshot = inject('snapshot');
  return snapshot === null ? openPostgres() : openSnapshot(snapshot);
}

async function openPostgres(): Promise<OpenedTestDatabase> {
  const database = await createDatabase();
  const handle = await openDatabase({ databaseUrl: database.url, dataDir: null, onPoolError: () => {} });
  return {
    handle,
    url: database.url,
    async close() {
      await handle.close();
      await database.drop();
    },
  };
}

async function openSnapshot(file: string): Promise<OpenedTestDatabase> {
  const snapshot = await openAsBlob(file);
  const handle = await openDatabase({ databaseUrl: null, dataDir: null, snapshot, onPoolError: () => {} });
  return { handle, url: null, close: () => handle.close() };
}
