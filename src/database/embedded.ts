import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { PGlite, types } from '@electric-sql/pglite';
import { Kysely } from 'kysely';
import { codeOf } from '../error-code.ts';
import { parseJson } from '../ordered-json.ts';
import { type FolderLock, lockFolder } from './folder-lock.ts';
import type { DatabaseHandle, DatabaseOptions, HotQueries, HotStatement } from './handle.ts';
import { migrateToLatest } from './migrate.ts';
import { createMutex } from './mutex.ts';
import { type PGliteQueries, pgliteDialect } from './pglite-dialect.ts';
import { BY_INDEX_ALONE } from './planner.ts';
import type { Database } from './schema.ts';
import { createUpkeep } from './upkeep.ts';

const UPKEEP_TICK_MS = 1_000;

type EmbeddedOptions = Pick<DatabaseOptions, 'dataDir' | 'snapshot' | 'onPoolError'>;

/** Postgres within the process: one connection, so that every statement and every transaction waits for its turn. */
export async function openEmbedded({ dataDir, snapshot, onPoolError }: EmbeddedOptions): Promise<DatabaseHandle> {
  const { client, unlock } = dataDir === null ? await openInMemory(snapshot) : await openFolder(resolve(dataDir));
  await client.exec(BY_INDEX_ALONE);
  const mutex = createMutex();
  let rowsTouched = 0;

  const counted: PGliteQueries = {
    async query<Row>(text: string, values?: unknown[]) {
      const result = await client.query<Row>(text, values);
      rowsTouched += Math.max(1, result.affectedRows ?? 0, result.rowCount ?? 0);
      return result;
    },
  };
  const kysely = new Kysely<Database>({ dialect: pgliteDialect(counted, mutex) });

  const upkeep = createUpkeep({
    run: (text) => mutex.run(async () => void (await client.exec(text))),
    tables: () =>
      mutex.run(async () => {
        const { rows } = await client.query<{ name: string }>(
          `select tablename as name from pg_tables where schemaname = 'public'`,
        );
        return rows.map((row) => row.name);
      }),
    rowsTouched: () => rowsTouched,
    busy: () => mutex.held,
    onError: (error) => onPoolError(error instanceof Error ? error : new Error('Upkeep failed')),
  });
  const timer = setInterval(() => void upkeep.tick(), UPKEEP_TICK_MS).unref();
  let closed: Promise<void> | undefined;

  const hot: HotQueries = <Row>({ text }: HotStatement, values: readonly unknown[]) =>
    mutex.run(async () => (await counted.query<Row>(text, [...values])).rows);

  return {
    kind: 'embedded',
    kysely,
    hot,
    heartbeat: hot,
    pool: null,
    listenUrl: null,
    migrate: () => migrateToLatest(kysely),
    stats: () => ({ total: 1, idle: mutex.held ? 0 : 1, waiting: mutex.waiting }),
    upkeep: upkeep.counters,
    close() {
      clearInterval(timer);
      closed ??= mutex.run(() => client.close()).finally(unlock);
      return closed;
    },
  };
}

interface Opened {
  client: PGlite;
  unlock(): Promise<void>;
}

async function openInMemory(snapshot: Blob | undefined): Promise<Opened> {
  return { client: await openClient(undefined, snapshot), unlock: async () => {} };
}

/** PGlite itself takes no lock, and two processes in one folder corrupt it. */
async function openFolder(dataDir: string): Promise<Opened> {
  const lock = await lockIn(dataDir);
  if (lock === null) {
    throw new Error(
      `Another process uses the embedded database in ${dataDir}: stop it, choose another DATA_DIR, or set DATABASE_URL`,
    );
  }
  try {
    const folder = join(dataDir, 'database');
    if (!existsSync(folder)) await initialize(folder);
    return { client: await openClient(folder), unlock: lock.release };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

const FOLDER_FAULTS: Readonly<Record<string, string>> = {
  EEXIST: 'it is a file',
  ENOTDIR: 'it lies within a file',
  ENOENT: 'no folder can be made there',
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'nothing can be written there',
  ENOSPC: 'the disk is full',
};

/** Takes the folder, which is made where it is not there; null where another process has it. */
async function lockIn(dataDir: string): Promise<FolderLock | null> {
  try {
    return await lockFolder(join(dataDir, 'database.lock'));
  } catch (error) {
    const code = codeOf(error);
    const fault = FOLDER_FAULTS[code] ?? (error instanceof Error ? error.message : '');
    throw new Error(`Cannot use the folder ${dataDir}: ${fault}: check DATA_DIR`);
  }
}

/** Under another name first, so that a process which ends in the middle leaves no half of a database behind. */
async function initialize(folder: string): Promise<void> {
  const unfinished = `${folder}.new`;
  await rm(unfinished, { recursive: true, force: true });
  const client = await openClient(unfinished);
  await client.close();
  await rename(unfinished, folder);
}

function openClient(folder: string | undefined, snapshot?: Blob): Promise<PGlite> {
  return PGlite.create({
    ...(folder !== undefined && { dataDir: folder }),
    ...(snapshot !== undefined && { loadDataDir: snapshot }),
    // The log is cut back to this at each checkpoint. ALTER SYSTEM would wait for the next start.
    startParams: [...PGlite.defaultStartParams, '-c', 'max_wal_size=64MB'],
    parsers: { [types.INT8]: Number, [types.JSON]: parseJson },
  });
}
