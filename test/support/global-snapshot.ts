import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { Kysely } from 'kysely';
import type { TestProject } from 'vitest/node';
import { migrateToLatest } from '../../src/database/migrate.ts';
import { createMutex } from '../../src/database/mutex.ts';
import { pgliteDialect } from '../../src/database/pglite-dialect.ts';
import type { Database } from '../../src/database/schema.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** A file with a dump of a migrated embedded database: opening it takes a tenth of making one. */
    snapshot: string | null;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'keyhole-snapshot-'));
  const client = await PGlite.create();
  await migrateToLatest(new Kysely<Database>({ dialect: pgliteDialect(client, createMutex()) }));
  const dump = await client.dumpDataDir('none');
  await client.close();
  const file = join(folder, 'snapshot.tar');
  await writeFile(file, Buffer.from(await dump.arrayBuffer()));
  project.provide('snapshot', file);
  return () => rm(folder, { recursive: true, force: true });
}
