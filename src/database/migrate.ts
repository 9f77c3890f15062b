import { readdir } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type Kysely, type Migration, Migrator, sql } from 'kysely';
import type { Database } from './schema.ts';

/** `migrations/` beside `src/`: TypeScript when run from source, JavaScript when built into `dist/`. */
const FOLDER = new URL('../../migrations/', import.meta.url);
const EXTENSION = import.meta.url.endsWith('.ts') ? '.ts' : '.js';

/**
 * Brings the tables up to this version of the code and returns the names of the steps that it took. Safe when many
 * instances start at once: Kysely takes an advisory lock, and the others find nothing left to do.
 *
 * The wait for that lock may be long, so `db` should have no statement timeout.
 */
export async function migrateToLatest(db: Kysely<Database>): Promise<string[]> {
  await refuseOldServer(db);
  const migrations = await readMigrations();
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } });
  const { error, results = [] } = await migrator.migrateToLatest();
  if (error !== undefined) {
    await refuseNewerSchema(db, Object.keys(migrations));
    throw error;
  }
  return results.map((result) => result.migrationName);
}

/** For instances that must not migrate: throws unless the tables are exactly those of this version of the code. */
export async function assertMigrated(db: Kysely<Database>): Promise<void> {
  const known = Object.keys(await readMigrations());
  await refuseNewerSchema(db, known);
  const done = await executedMigrations(db);
  const missing = known.filter((name) => !done.includes(name));
  if (missing.length > 0) {
    throw new Error(
      `The database lacks ${missing.join(', ')}: run \`npm run migrate\`, or start with KEYHOLE_MIGRATE=true`,
    );
  }
}

async function readMigrations(): Promise<Record<string, Migration>> {
  const names = (await readdir(FOLDER))
    .filter((file) => file.endsWith(EXTENSION) && !file.endsWith('.d.ts'))
    .map((file) => file.slice(0, -EXTENSION.length))
    .sort();
  const modules = names.map(async (name): Promise<[string, Migration]> => {
    const file = fileURLToPath(new URL(`${name}${EXTENSION}`, FOLDER));
    return [name, await import(pathToFileURL(file).href)];
  });
  return Object.fromEntries(await Promise.all(modules));
}

async function refuseOldServer(db: Kysely<Database>): Promise<void> {
  const { rows } = await sql<{ version: string }>`select current_setting('server_version_num') as version`.execute(db);
  const version = Number(rows[0]?.version);
  if (version < 140000)
    throw new Error(`Keyhole needs Postgres 14 or newer; this one is ${Math.floor(version / 10000)}`);
}

async function refuseNewerSchema(db: Kysely<Database>, known: readonly string[]): Promise<void> {
  const unknown = (await executedMigrations(db)).filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  throw new Error(
    `The database is newer than this version of Keyhole, which does not know ${unknown.join(', ')}: start a newer version`,
  );
}

async function executedMigrations(db: Kysely<Database>): Promise<string[]> {
  const { rows: tables } = await sql<{ found: boolean }>`
    select to_regclass('kysely_migration') is not null as found`.execute(db);
  if (tables[0]?.found !== true) return [];
  const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db);
  return rows.map((row) => row.name);
}
