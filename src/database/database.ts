import { openEmbedded } from './embedded.ts';
import type { DatabaseHandle, DatabaseOptions } from './handle.ts';
import { openPostgres } from './postgres.ts';

export type * from './handle.ts';

/** Opens without asking anything: a Postgres that is away shows at the first statement. */
export async function openDatabase(options: DatabaseOptions): Promise<DatabaseHandle> {
  const { databaseUrl } = options;
  return databaseUrl === null ? openEmbedded(options) : openPostgres({ ...options, databaseUrl });
}
