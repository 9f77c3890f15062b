import { type Kysely, sql } from 'kysely';
import type { Database } from '../database/schema.ts';
import type { SealedSecret } from './client-secret.ts';
import type { SealIdentity } from './vault.ts';

type Db = Kysely<Database>;

/** A sealed value with the row that it belongs to. */
export interface SealedRow {
  identity: SealIdentity;
  sealed: SealedSecret;
}

/** Up to `limit` rows past `after`, in the order of their keys, whose data keys are not wrapped by `keyId`. */
export async function readSealedUnderOthers(
  db: Db,
  keyId: string,
  after: SealIdentity | null,
  limit: number,
): Promise<SealedRow[]> {
  let query = db
    .selectFrom('client_secrets')
    .select(['application_id', 'id', 'version', 'key_id', 'wrapped_key', 'sealed_value'])
    .where('key_id', '!=', keyId);
  if (after !== null) {
    query = query.where(sql<boolean>`(application_id, id) > (${after.applicationId}::uuid, ${after.id}::uuid)`);
  }
  const rows = await query.orderBy('application_id').orderBy('id').limit(limit).execute();
  return rows.map((row) => ({
    identity: { applicationId: row.application_id, id: row.id, version: row.version },
    sealed: { keyId: row.key_id, wrappedKey: row.wrapped_key, sealedValue: row.sealed_value },
  }));
}

export async function countSealedUnderOthers(db: Db, keyId: string): Promise<number> {
  const { count } = await db
    .selectFrom('client_secrets')
    .select(sql<number>`count(*)::int`.as('count'))
    .where('key_id', '!=', keyId)
    .executeTakeFirstOrThrow();
  return count;
}

/**
 * False, and nothing done, where the row is no longer as it was read: rotated, moved by another run, or deleted. The
 * revision stays: cached copies open as long as the old key is in their server's ring.
 */
export async function replaceWrappedKey(db: Db, { identity, sealed }: SealedRow, next: SealedSecret): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('client_secrets')
    .set({ key_id: next.keyId, wrapped_key: next.wrappedKey })
    .where('application_id', '=', identity.applicationId)
    .where('id', '=', identity.id)
    .where('version', '=', identity.version)
    .where('wrapped_key', '=', sealed.wrappedKey)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}
