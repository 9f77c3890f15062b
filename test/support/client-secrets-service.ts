import type { Application } from '../../src/applications/application.ts';
import type { TenantCaller } from '../../src/applications/caller.ts';
import { EgressRefusal } from '../../src/egress/egress-refusal.ts';
import { KeyholeError } from '../../src/errors.ts';
import { newId } from '../../src/ids.ts';
import { type ClientSecretsService, createClientSecretsService } from '../../src/secrets/client-secrets.service.ts';
import { generateMasterKey, type MasterKey, parseMasterKeys } from '../../src/secrets/master-keys.ts';
import { createVault } from '../../src/secrets/vault.ts';
import type { OpenedTestDatabase } from './databases.ts';

export const VALUE = 'sk_live_0123456789abcdef';
export const NEXT_VALUE = 'sk_live_fedcba9876543210';

export function newMasterKey(): MasterKey {
  const [key] = parseMasterKeys(generateMasterKey()).keys;
  if (key === undefined) throw new Error('One was generated');
  return key;
}

/** One instance of the server, with caches of its own. */
export function startSecretsService({ handle }: OpenedTestDatabase, keys: MasterKey[]): ClientSecretsService {
  return createClientSecretsService({
    db: handle.kysely,
    vault: createVault(keys),
    checkUrl(url) {
      if (!url.startsWith('https:')) throw new EgressRefusal('SCHEME');
    },
    log: { warn() {} },
  });
}

async function makeApplication({ handle }: OpenedTestDatabase): Promise<Application> {
  const row = { id: newId(), name: 'shop', allowed_origins: [], user_tokens: null, created_at: new Date() };
  await handle.kysely.insertInto('applications').values(row).execute();
  return {
    id: row.id,
    name: 'shop',
    enabled: true,
    allowedOrigins: [],
    userTokens: null,
    requestsPerMinute: null,
    revision: 1,
    createdAt: row.created_at,
  };
}

/** Callers of an application of their own. */
export async function makeCallers(database: OpenedTestDatabase) {
  const application = await makeApplication(database);
  const base = { application, credentialId: newId() };
  return {
    backend: { kind: 'APPLICATION', ...base } satisfies TenantCaller,
    visitor: { kind: 'VISITOR', visitorId: null, ...base } satisfies TenantCaller,
    user: (username: string, groups: string[] = [], canCreateSecrets = true): TenantCaller => ({
      kind: 'USER',
      username,
      groups,
      canCreateSecrets,
      expiresAt: Date.now() + 60_000,
      ...base,
    }),
  };
}

/** What `create` takes, with a name of its own. */
export function inputOf(more: object = {}) {
  return { name: `secret ${newId()}`, clientSecret: VALUE, allowedUrls: ['https://api.test/v1'], ...more };
}

/** The code and the parameter of the refusal. */
export async function refusalOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return 'none';
  } catch (error) {
    if (!(error instanceof KeyholeError)) throw error;
    if (error.message.includes(VALUE)) throw new Error('The message of an error holds the secret');
    return [error.code, error.details.parameter].filter(Boolean).join(' ');
  }
}
