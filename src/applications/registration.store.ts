import type { Kysely, Transaction } from 'kysely';
import type { Database, NewApplication } from '../database/schema.ts';
import { newId } from '../ids.ts';
import type { Application, ApplicationCredential } from './application.ts';
import { anyApplication, insertApplication, insertCredential } from './applications.store.ts';
import { generateClientId, generateClientSecret, hashCredential } from './credentials.ts';

/** A new credential and its client secret, which nobody can read again. */
export interface IssuedCredential {
  credential: ApplicationCredential;
  clientId: string;
  clientSecret: string;
}

export interface RegisteredApplication extends Omit<IssuedCredential, 'credential'> {
  application: Application;
}

export async function issueCredential(
  db: Kysely<Database>,
  applicationId: string,
  label: string | null,
): Promise<IssuedCredential> {
  const clientId = generateClientId();
  const clientSecret = generateClientSecret();
  const credential = await insertCredential(db, {
    application_id: applicationId,
    id: newId(),
    label,
    client_id: clientId,
    client_secret_hash: hashCredential(clientSecret),
    created_at: new Date(),
    last_used_at: null,
  });
  return { credential, clientId, clientSecret };
}

/** An application with its first credential: both or neither. */
export async function registerApplication(
  trx: Transaction<Database>,
  fields: Omit<NewApplication, 'id' | 'created_at'>,
): Promise<RegisteredApplication> {
  const application = await insertApplication(trx, { ...fields, id: newId(), created_at: new Date() });
  const { clientId, clientSecret } = await issueCredential(trx, application.id, null);
  return { application, clientId, clientSecret };
}

/**
 * Makes the application `default` where there is none at all: the first start on the embedded database. Null where there
 * is one. What it returns is printed once.
 */
export function provisionDefault(db: Kysely<Database>): Promise<RegisteredApplication | null> {
  return db.transaction().execute(async (trx) => {
    if (await anyApplication(trx)) return null;
    return registerApplication(trx, {
      name: 'default',
      allowed_origins: [],
      user_tokens: null,
      requests_per_minute: null,
    });
  });
}
