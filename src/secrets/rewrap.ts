import type { Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';
import { countSealedUnderOthers, readSealedUnderOthers, replaceWrappedKey } from './rewrap.store.ts';
import { type SealIdentity, type Vault, VaultError } from './vault.ts';

export interface RewrapOptions {
  /** Rows read at a time. */
  batchSize?: number;
  /** After each batch. */
  onProgress?: (moved: number) => void;
}

export interface RewrapResult {
  /** Rows whose data key is now wrapped by the first master key. */
  moved: number;
  /** What the operator should know of rows that do not open; they are left as they are. */
  failures: string[];
  /** Rows under other keys at the end: failures, and what servers with another first key have written meanwhile. */
  remaining: number;
}

/**
 * Moves every row to the vault's first master key, so that others can be retired once nothing remains under them. Each row
 * changes by itself and only if it is still as it was read: it may be killed at any point, run again, run twice at a time
 * and beside servers. Values are not decrypted, only their data keys.
 */
export async function rewrapAll(
  db: Kysely<Database>,
  vault: Vault,
  { batchSize = 500, onProgress }: RewrapOptions = {},
): Promise<RewrapResult> {
  let moved = 0;
  const failures: string[] = [];
  let after: SealIdentity | null = null;
  while (true) {
    const batch = await readSealedUnderOthers(db, vault.currentKeyId, after, batchSize);
    for (const row of batch) {
      try {
        if (await replaceWrappedKey(db, row, vault.rewrap(row.identity, row.sealed))) moved++;
      } catch (error) {
        if (!(error instanceof VaultError)) throw error;
        failures.push(error.message);
      }
    }
    const last = batch.at(-1);
    if (last === undefined) break;
    after = last.identity;
    onProgress?.(moved);
  }
  return { moved, failures, remaining: await countSealedUnderOthers(db, vault.currentKeyId) };
}
