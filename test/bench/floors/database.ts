import { registerApplication } from '../../../src/applications/registration.store.ts';
import { openDatabase } from '../../../src/database/database.ts';
import type { AdmissionRow } from '../../../src/execution/admission.store.ts';
import type { ExecutionObserver } from '../../../src/execution/observer.ts';
import { registerInstance } from '../../../src/execution/recovery.store.ts';
import type { SettlementRow } from '../../../src/execution/settlement.store.ts';
import { createWrites, type Writes } from '../../../src/execution/writes.ts';
import { hashId, newId } from '../../../src/ids.ts';
import { createLog } from '../../../src/log.ts';
import { createObserver } from '../../../src/observer.ts';
import { targetOf } from '../../../src/requests/target.ts';
import { SECRET_NAME, type SubmissionInput } from '../submission.ts';
import { setting } from './process.ts';

export const observer: ExecutionObserver = createObserver(createLog('silent'), null);

type FloorDatabase = Awaited<ReturnType<typeof openFloorDatabase>>;

/** The project's tables in a database of the floor's own, with an application in it. */
export async function openFloorDatabase(databaseUrl = setting('DATABASE_URL')) {
  const database = await openDatabase({
    databaseUrl,
    dataDir: null,
    onPoolError: () => {},
  });
  await database.migrate();
  const { kysely: db } = database;
  const fields = { name: 'benchmark', allowed_origins: [], user_tokens: null, requests_per_minute: null };
  const { application } = await db.transaction().execute((trx) => registerApplication(trx, fields));
  return { database, application };
}

/** The project's own batched statements, as an instance of the server runs them. */
export async function createFloorWrites({ database }: FloorDatabase): Promise<Writes> {
  const instanceId = newId();
  await registerInstance(database.kysely, instanceId);
  return createWrites({ hot: database.hot, lease: { instanceId }, observer, notifies: true });
}

/** A client secret that nobody opens. */
export async function insertSecret({ database, application }: FloorDatabase): Promise<string> {
  const id = newId();
  const now = new Date();
  const sealed = { masked_secret: '', key_id: 'none', wrapped_key: '', sealed_value: '' };
  const lists = { allowed_urls: [], allowed_methods: [], allowed_placements: [], tags: [] };
  const nobody = { users_allowed: '[]', groups_allowed: '[]' };
  await database.kysely
    .insertInto('client_secrets')
    .values({
      application_id: application.id,
      id,
      name: SECRET_NAME,
      locked: false,
      ...sealed,
      ...lists,
      ...nobody,
      created_at: now,
      updated_at: now,
    })
    .execute();
  return id;
}

const OWNER = hashId('visitor', 'benchmark-visitor-0000');

/** The row that the server would store for this input. */
export function admissionOf(applicationId: string, clientSecretId: string, input: SubmissionInput): AdmissionRow {
  const now = Date.now();
  return {
    application_id: applicationId,
    application_revision: 1,
    client_secret_revision: 1,
    id: newId(now),
    owner: OWNER,
    client_secret_id: clientSecretId,
    client_secret_name: input.clientSecretName,
    client_secret_version: 1,
    url: input.url,
    method: input.method,
    target: targetOf(input.url, input.method),
    queue: null,
    queue_key: null,
    headers: JSON.stringify(input.headers),
    body: JSON.stringify(input.data),
    timeout_ms: 30_000,
    idempotency_key: null,
    fingerprint: null,
    starts: true,
    created_at: new Date(now).toISOString(),
    expires_at: new Date(now + 900_000).toISOString(),
  };
}

const RESPONSE_HEADERS = JSON.stringify({ 'content-type': 'application/json', 'content-length': '76' });

/** How it ended, with the third party's answer. */
export function settlementOf({ application_id, id }: AdmissionRow, body: string): SettlementRow {
  return {
    application_id,
    id,
    mode: 'mine',
    status: 'RESOLVED',
    client_secret_version: 1,
    status_code: 200,
    response_headers: RESPONSE_HEADERS,
    response_kind: 'json',
    response_body: body,
    error_code: null,
    error_message: null,
    updated_at: new Date().toISOString(),
    epoch: null,
    proceeds: false,
  };
}
