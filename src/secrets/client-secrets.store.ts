import { type ExpressionBuilder, type Kysely, type SqlBool, sql, type Transaction } from 'kysely';
import type { PageRequest } from '../database/keyset.ts';
import type { ClientSecretRow, ClientSecretUpdate, Database, NewClientSecret } from '../database/schema.ts';
import { KeyholeError } from '../errors.ts';
import type { ClientSecret, HttpMethod, SealedSecret, SecretPlacement } from './client-secret.ts';
import type { SecretUse } from './last-used.ts';

type Db = Kysely<Database>;

/** A secret with its sealed value, as its row has them. */
export interface StoredClientSecret {
  secret: ClientSecret;
  sealed: SealedSecret;
}

/** Which secrets of an application; what is null does not narrow them. */
export interface ClientSecretScope {
  applicationId: string;
  /** Those that this user may see: `canView` of access.ts, in SQL. */
  visibleTo: { username: string; groups: readonly string[] } | null;
  tag: string | null;
  identifierCode: string | null;
}

/** Throws ALREADY_EXISTS where the name, or the owner's identifier code, is taken. */
export async function insertClientSecret(db: Db, row: NewClientSecret): Promise<ClientSecret> {
  const inserted = await tellingWhatIsTaken(
    db.insertInto('client_secrets').values(row).returningAll().executeTakeFirstOrThrow(),
  );
  return toStored(inserted).secret;
}

/** Of a locked row. Throws ALREADY_EXISTS as `insertClientSecret` does. */
export async function updateClientSecret(
  trx: Transaction<Database>,
  applicationId: string,
  id: string,
  changes: ClientSecretUpdate,
): Promise<ClientSecret> {
  const updated = await tellingWhatIsTaken(
    trx
      .updateTable('client_secrets')
      .set({ ...changes, revision: sql`revision + 1` })
      .where('application_id', '=', applicationId)
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirstOrThrow(),
  );
  return toStored(updated).secret;
}

export async function deleteClientSecret(db: Db, applicationId: string, id: string): Promise<void> {
  await db.deleteFrom('client_secrets').where('application_id', '=', applicationId).where('id', '=', id).execute();
}

/** Nobody else changes it until the transaction ends. */
export async function lockClientSecret(
  trx: Transaction<Database>,
  applicationId: string,
  id: string,
): Promise<ClientSecret | null> {
  const row = await selectById(trx, applicationId, id).forUpdate().executeTakeFirst();
  return row === undefined ? null : toStored(row).secret;
}

export async function findClientSecretById(
  db: Db,
  applicationId: string,
  id: string,
): Promise<StoredClientSecret | null> {
  const row = await selectById(db, applicationId, id).executeTakeFirst();
  return row === undefined ? null : toStored(row);
}

export async function findClientSecretByName(
  db: Db,
  applicationId: string,
  name: string,
): Promise<StoredClientSecret | null> {
  const row = await db
    .selectFrom('client_secrets')
    .selectAll()
    .where('application_id', '=', applicationId)
    .where('name', '=', name)
    .executeTakeFirst();
  return row === undefined ? null : toStored(row);
}

/** In the order of their making; one more than the page's limit where there is one, as `toPage` wants them. */
export async function listClientSecrets(db: Db, scope: ClientSecretScope, page: PageRequest): Promise<ClientSecret[]> {
  let query = db
    .selectFrom('client_secrets')
    .selectAll()
    .where((eb) => isInScope(eb, scope));
  if (page.after !== null) query = query.where('id', '>', page.after);
  if (page.before !== null) query = query.where('id', '<', page.before);
  const rows = await query
    .orderBy('id', page.backward ? 'desc' : 'asc')
    .limit(page.limit + 1)
    .execute();
  return rows.map((row) => toStored(row).secret);
}

export async function countClientSecrets(db: Db, scope: ClientSecretScope): Promise<number> {
  const { count } = await db
    .selectFrom('client_secrets')
    .select(sql<number>`count(*)::int`.as('count'))
    .where((eb) => isInScope(eb, scope))
    .executeTakeFirstOrThrow();
  return count;
}

/** Moves `last_used_at` forward, never back. Rows are locked in one order, so that instances do not wait in a circle. */
export async function touchClientSecrets(db: Db, uses: readonly SecretUse[]): Promise<void> {
  await sql`
    with used as (
      select * from unnest(
        ${uses.map((use) => use.applicationId)}::uuid[],
        ${uses.map((use) => use.id)}::uuid[],
        ${uses.map((use) => use.at.toISOString())}::timestamptz[]
      ) as used (application_id, id, at)
    ), locked as (
      select s.application_id, s.id, used.at
      from client_secrets s join used on used.application_id = s.application_id and used.id = s.id
      order by s.application_id, s.id for update of s
    )
    update client_secrets s set last_used_at = greatest(s.last_used_at, locked.at)
    from locked where s.application_id = locked.application_id and s.id = locked.id`.execute(db);
}

function selectById(db: Db, applicationId: string, id: string) {
  return db.selectFrom('client_secrets').selectAll().where('application_id', '=', applicationId).where('id', '=', id);
}

function isInScope(eb: ExpressionBuilder<Database, 'client_secrets'>, scope: ClientSecretScope) {
  const conditions = [eb('application_id', '=', scope.applicationId)];
  if (scope.tag !== null) conditions.push(eb(eb.val(scope.tag), '=', eb.fn.any('tags')));
  if (scope.identifierCode !== null) conditions.push(eb('identifier_code', '=', scope.identifierCode));
  if (scope.visibleTo !== null) conditions.push(isVisible(eb, scope.visibleTo));
  return eb.and(conditions);
}

function isVisible(
  eb: ExpressionBuilder<Database, 'client_secrets'>,
  user: NonNullable<ClientSecretScope['visibleTo']>,
) {
  return eb.or([
    eb('owner', '=', user.username),
    sql<SqlBool>`exists (select from json_array_elements(users_allowed) u where u->>'username' = ${user.username})`,
    sql<SqlBool>`exists (select from json_array_elements(groups_allowed) g where g->>'name' = any(${user.groups}::text[]))`,
  ]);
}

const TAKEN: Readonly<Record<string, { parameter: string; message: string }>> = {
  client_secrets_name: { parameter: 'input.name', message: 'A client secret of this name exists already' },
  client_secrets_identifier_code: {
    parameter: 'input.identifierCode',
    message: 'Its owner has a client secret with this identifier code already',
  },
};
const UNIQUE_VIOLATION = '23505';

/** Turns a unique violation into ALREADY_EXISTS. The database's own error holds the values. */
async function tellingWhatIsTaken<T>(write: Promise<T>): Promise<T> {
  try {
    return await write;
  } catch (error) {
    const taken = isUniqueViolation(error) ? TAKEN[error.constraint] : undefined;
    if (taken === undefined) throw error;
    throw new KeyholeError('ALREADY_EXISTS', taken.message, { parameter: taken.parameter });
  }
}

/** Both drivers give their errors these fields. */
function isUniqueViolation(error: unknown): error is Error & { constraint: string } {
  return (
    error instanceof Error &&
    'code' in error &&
    error.code === UNIQUE_VIOLATION &&
    'constraint' in error &&
    typeof error.constraint === 'string'
  );
}

function toStored(row: ClientSecretRow): StoredClientSecret {
  const secret: ClientSecret = {
    id: row.id,
    applicationId: row.application_id,
    name: row.name,
    maskedSecret: row.masked_secret,
    clientId: row.client_id,
    locked: row.locked,
    enabled: row.enabled,
    allowedUrls: row.allowed_urls,
    // Nothing but checked input is ever written to these two.
    allowedMethods: row.allowed_methods as HttpMethod[],
    allowedPlacements: row.allowed_placements as SecretPlacement[],
    identifierCode: row.identifier_code,
    tags: row.tags,
    notes: row.notes,
    owner: row.owner,
    usersAllowed: row.users_allowed,
    groupsAllowed: row.groups_allowed,
    version: row.version,
    revision: row.revision,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    lastUsedAt: row.last_used_at,
  };
  return { secret, sealed: { keyId: row.key_id, wrappedKey: row.wrapped_key, sealedValue: row.sealed_value } };
}
