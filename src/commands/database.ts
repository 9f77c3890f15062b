import type { Config } from '../config.ts';
import { type DatabaseHandle, openDatabase } from '../database/database.ts';

/** Opens the database that the settings name, lends it, and closes it whatever happens. */
export async function withDatabase<T>(config: Config, use: (database: DatabaseHandle) => Promise<T>): Promise<T> {
  const { databaseUrl, dataDir } = config;
  const database = await openDatabase({ databaseUrl, dataDir, poolSize: 2, writePoolSize: 1, onPoolError: () => {} });
  try {
    return await use(database);
  } finally {
    await database.close();
  }
}
