import { type Kysely, sql, type Transaction } from 'kysely';
import type { PageRequest } from '../database/keyset.ts';
import type { ApplicationRow, ApplicationUpdate, CredentialRow, Database, NewApplication } from '../database/schema.ts';
import type { Application, ApplicationCredential } from './application.ts';

/** An application as one of its client IDs finds it. */
export interface RegisteredClient {
  application: Application;
  credentialId: string;
  clientSecretHash: string;
}

type Db = Kysely<Database>;

/** With the commit other instances are told, so that they drop their copies: of applications, and of which origins are listed. */
const TOLD = sql`pg_notify('keyhole', '* application ' || id)`.as('told');

export async function insertApplication(db: Db, row: NewApplication): Promise<Application> {
  const insert = db.insertInto('applications').values(row).returningAll().returning(TOLD);
  return toApplication(await insert.executeTakeFirstOrThrow());
}

/** Null where there is no such application. */
export async function updateApplication(db: Db, id: string, changes: ApplicationUpdate): Promise<Application | null> {
  const row = await db
    .updateTable('applications')
    .set({ ...changes, revision: sql`revision + 1` })
    .where('id', '=', id)
    .returningAll()
    .returning(TOLD)
    .executeTakeFirst();
  return row === undefined ? null : toApplication(row);
}

/** Tells everybody who holds a copy of it that it changed, and locks it until the transaction ends. False where it is not there. */
export async function touchApplication(trx: Transaction<Database>, id: string): Promise<boolean> {
  return (await updateApplication(trx, id, {})) !== null;
}

export async function findApplication(db: Db, id: string): Promise<Application | null> {
  const row = await db.selectFrom('applications').selectAll().where('id', '=', id).executeTakeFirst();
  return row === undefined ? null : toApplication(row);
}

export async function anyApplication(db: Db): Promise<boolean> {
  return (await db.selectFrom('applications').select('id').limit(1).executeTakeFirst()) !== undefined;
}

/** In the order of their making; one more than the page's limit where there is one, as `toPage` wants them. */
export async function listApplications(db: Db, page: PageRequest): Promise<Application[]> {
  let query = db.selectFrom('applications').selectAll();
  if (page.after !== null) query = query.where('id', '>', page.after);
  if (page.before !== null) query = query.where('id', '<', page.before);
  const rows = await query
    .orderBy('id', page.backward ? 'desc' : 'asc')
    .limit(page.limit + 1)
    .execute();
  return rows.map(toApplication);
}

/** Whether an application that is enabled lists this origin. */
export async function originListed(db: Db, origin: string): Promise<boolean> {
  const row = await db
    .selectFrom('applications')
    .select('id')
    .where('enabled', '=', true)
    .where(sql<boolean>`${origin} = any(allowed_origins)`)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

export async function insertCredential(db: Db, row: CredentialRow): Promise<ApplicationCredential> {
  await db.insertInto('application_credentials').values(row).execute();
  return toCredential(row);
}

export async function deleteCredential(db: Db, applicationId: string, id: string): Promise<boolean> {
  const result = await db
    .deleteFrom('application_credentials')
    .where('application_id', '=', applicationId)
    .where('id', '=', id)
    .executeTakeFirst();
  return result.numDeletedRows > 0n;
}

export async function listCredentials(db: Db, applicationId: string): Promise<ApplicationCredential[]> {
  const rows = await db
    .selectFrom('application_credentials')
    .selectAll()
    .where('application_id', '=', applicationId)
    .orderBy('id')
    .execute();
  return rows.map(toCredential);
}

export async function findCredential(db: Db, id: string): Promise<ApplicationCredential | null> {
  const row = await db.selectFrom('application_credentials').selectAll().where('id', '=', id).executeTakeFirst();
  return row === undefined ? null : toCredential(row);
}

/** The application, enabled or not, as long as the credential is one of its own. */
export async function findByCredential(
  db: Db,
  applicationId: string,
  credentialId: string,
): Promise<Application | null> {
  const row = await db
    .selectFrom('application_credentials as credential')
    .innerJoin('applications as application', 'application.id', 'credential.application_id')
    .selectAll('application')
    .where('credential.application_id', '=', applicationId)
    .where('credential.id', '=', credentialId)
    .executeTakeFirst();
  return row === undefined ? null : toApplication(row);
}

export async function findByClientId(db: Db, clientId: string): Promise<RegisteredClient | null> {
  const row = await db
    .selectFrom('application_credentials as credential')
    .innerJoin('applications as application', 'application.id', 'credential.application_id')
    .selectAll('application')
    .select(['credential.id as credential_id', 'credential.client_secret_hash'])
    .where('credential.client_id', '=', clientId)
    .executeTakeFirst();
  if (row === undefined) return null;
  return {
    application: toApplication(row),
    credentialId: row.credential_id,
    clientSecretHash: row.client_secret_hash,
  };
}

/** Does not touch the application's revision: to be used is no change. */
export async function markCredentialsUsed(
  db: Db,
  credentials: readonly { applicationId: string; credentialId: string }[],
  at: Date,
): Promise<void> {
  await db
    .updateTable('application_credentials')
    .set({ last_used_at: at })
    .where(({ eb, refTuple, tuple }) =>
      eb(
        refTuple('application_id', 'id'),
        'in',
        credentials.map(({ applicationId, credentialId }) => tuple(applicationId, credentialId)),
      ),
    )
    .execute();
}

function toApplication(row: ApplicationRow): Application {
  return {
    id: row.id,
    name: row.name,
    enabled: row.enabled,
    allowedOrigins: row.allowed_origins,
    userTokens: row.user_tokens,
    requestsPerMinute: row.requests_per_minute,
    revision: row.revision,
    createdAt: row.created_at,
  };
}

function toCredential(row: CredentialRow): ApplicationCredential {
  return {
    id: row.id,
    applicationId: row.application_id,
    label: row.label,
    clientId: row.client_id,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
  };
}
