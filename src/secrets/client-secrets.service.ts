import type { Kysely } from 'kysely';
import type { Caller, TenantCaller } from '../applications/caller.ts';
import type { WarningLog } from '../applications/warning-log.ts';
import { parsePage, toPage } from '../database/keyset.ts';
import type { ClientSecretUpdate, Database } from '../database/schema.ts';
import { forbidden, invalidParameter } from '../errors.ts';
import { isId, newId } from '../ids.ts';
import { parseInput } from '../input.ts';
import type { Page, PageArguments } from '../page.ts';
import { canEdit, canManage, canView } from './access.ts';
import type { ClientSecret } from './client-secret.ts';
import { type CheckUrl, clientSecretInputs } from './client-secret-input.ts';
import { changesOf, newRowOf, sealedColumns } from './client-secret-rows.ts';
import {
  type ClientSecretScope,
  countClientSecrets,
  deleteClientSecret,
  findClientSecretById,
  findClientSecretByName,
  insertClientSecret,
  listClientSecrets,
  lockClientSecret,
  touchClientSecrets,
  updateClientSecret,
} from './client-secrets.store.ts';
import { createLastUsed } from './last-used.ts';
import { isStorableText, noSuchClientSecret } from './refusals.ts';
import { createUsableSecrets, type UsableSecrets } from './usable-secrets.ts';
import type { Vault } from './vault.ts';

export interface ClientSecretsOptions {
  db: Kysely<Database>;
  vault: Vault;
  /** The egress guard's, for `allowedUrls`. */
  checkUrl: CheckUrl;
  log: WarningLog;
  /** A secret was changed or deleted by this instance: requests that wait for it may have to be looked at. */
  onChanged?: (applicationId: string, id: string) => void;
}

export interface ClientSecretFilter {
  tag?: string | null | undefined;
  identifierCode?: string | null | undefined;
}

/** Client secrets, for those who keep them and for the engine that uses them. Errors are `KeyholeError`s; IDs are UUIDs. */
export interface ClientSecretsService extends UsableSecrets {
  create(caller: TenantCaller, input: unknown): Promise<ClientSecret>;
  update(caller: TenantCaller, id: string, input: unknown): Promise<ClientSecret>;
  rotate(caller: TenantCaller, id: string, input: unknown): Promise<ClientSecret>;
  enable(caller: TenantCaller, id: string): Promise<ClientSecret>;
  disable(caller: TenantCaller, id: string): Promise<ClientSecret>;
  remove(caller: TenantCaller, id: string): Promise<void>;
  /** Null unless the caller may see it. */
  findByName(caller: TenantCaller, name: string): Promise<ClientSecret | null>;
  findById(caller: TenantCaller, id: string): Promise<ClientSecret | null>;
  /** Those that the caller may see, in the order of their making. */
  list(
    caller: TenantCaller,
    filter: ClientSecretFilter,
    page: PageArguments,
  ): Promise<Page<ClientSecret> & { totalCount: number }>;
  viewerCanEdit(caller: Caller, secret: ClientSecret): boolean;
  /** Writes what is not written yet. */
  close(): Promise<void>;
}

/** What only those who manage a secret may change: it would let the value out to more people or places. */
const MANAGED = [
  'allowedUrls',
  'allowedMethods',
  'allowedPlacements',
  'locked',
  'usersAllowed',
  'groupsAllowed',
] as const;

export function createClientSecretsService(options: ClientSecretsOptions): ClientSecretsService {
  const { db, vault, onChanged } = options;
  const inputs = clientSecretInputs(options.checkUrl);
  const lastUsed = createLastUsed((uses) => touchClientSecrets(db, uses), options.log);
  const usables = createUsableSecrets(db, vault, lastUsed);

  /** Decides on the row while nobody else can change it. Throws NOT_FOUND, and FORBIDDEN where the caller may look and no more. */
  async function change(
    caller: TenantCaller,
    id: string,
    decide: (secret: ClientSecret) => ClientSecretUpdate | null,
  ): Promise<ClientSecret> {
    const applicationId = caller.application.id;
    await lastUsed.flush();
    const { secret, changed } = await db.transaction().execute(async (trx) => {
      const secret = visible(caller, isId(id) ? await lockClientSecret(trx, applicationId, id) : null);
      if (secret === null) throw noSuchClientSecret();
      if (!canEdit(caller, secret)) throw forbidden('You may see this client secret, but not edit it');
      const changes = decide(secret);
      if (changes === null) return { secret, changed: false };
      const updated = await updateClientSecret(trx, applicationId, id, { ...changes, updated_at: new Date() });
      return { secret: updated, changed: true };
    });
    if (changed) noteChange(applicationId, id);
    return secret;
  }

  function setEnabled(caller: TenantCaller, id: string, enabled: boolean): Promise<ClientSecret> {
    return change(caller, id, (secret) => (secret.enabled === enabled ? null : { enabled }));
  }

  function noteChange(applicationId: string, id: string): void {
    usables.invalidate(applicationId, id);
    onChanged?.(applicationId, id);
  }

  return {
    ...usables,
    async create(caller, input) {
      if (caller.kind === 'VISITOR' || (caller.kind === 'USER' && !caller.canCreateSecrets)) {
        throw forbidden('Client secrets are created by applications, and by users who may create them');
      }
      const { clientSecret, ...fields } = parseInput(inputs.create, input);
      const identity = { applicationId: caller.application.id, id: newId(), version: 1 };
      const owner = caller.kind === 'USER' ? caller.username : null;
      return insertClientSecret(db, newRowOf(identity, owner, fields, sealedColumns(vault, identity, clientSecret)));
    },
    async update(caller, id, input) {
      const fields = parseInput(inputs.update, input);
      return change(caller, id, (secret) => {
        const managed = MANAGED.find((field) => fields[field] !== undefined);
        if (managed !== undefined && !canManage(caller, secret)) {
          throw forbidden(`Only the owner of this client secret and its application may change ${managed}`);
        }
        return changesOf(fields);
      });
    },
    async rotate(caller, id, input) {
      const { clientSecret } = parseInput(inputs.rotate, input);
      return change(caller, id, (secret) => {
        const next = { ...secret, version: secret.version + 1 };
        return { version: next.version, ...sealedColumns(vault, next, clientSecret) };
      });
    },
    enable: (caller, id) => setEnabled(caller, id, true),
    disable: (caller, id) => setEnabled(caller, id, false),
    async remove(caller, id) {
      const applicationId = caller.application.id;
      await db.transaction().execute(async (trx) => {
        const secret = visible(caller, isId(id) ? await lockClientSecret(trx, applicationId, id) : null);
        if (secret === null) throw noSuchClientSecret();
        if (!canManage(caller, secret)) {
          throw forbidden('Only the owner of this client secret and its application may delete it');
        }
        await deleteClientSecret(trx, applicationId, id);
      });
      noteChange(applicationId, id);
    },
    async findByName(caller, name) {
      if (!isStorableText(name)) return null;
      await lastUsed.flush();
      return visible(caller, (await findClientSecretByName(db, caller.application.id, name))?.secret ?? null);
    },
    async findById(caller, id) {
      if (!isId(id)) return null;
      await lastUsed.flush();
      return visible(caller, (await findClientSecretById(db, caller.application.id, id))?.secret ?? null);
    },
    async list(caller, filter, args) {
      const page = parsePage(args);
      const scope = scopeOf(caller, filter);
      if (scope === null) return { ...toPage<ClientSecret>([], page, (secret) => secret.id), totalCount: 0 };
      await lastUsed.flush();
      const [rows, totalCount] = await Promise.all([listClientSecrets(db, scope, page), countClientSecrets(db, scope)]);
      return { ...toPage(rows, page, (secret) => secret.id), totalCount };
    },
    viewerCanEdit: canEdit,
    close: lastUsed.close,
  };
}

function visible(caller: TenantCaller, secret: ClientSecret | null): ClientSecret | null {
  return secret !== null && canView(caller, secret) ? secret : null;
}

/** Null where the caller can see none. */
function scopeOf(
  caller: TenantCaller,
  { tag = null, identifierCode = null }: ClientSecretFilter,
): ClientSecretScope | null {
  for (const [parameter, text] of Object.entries({ tag, identifierCode })) {
    if (text !== null && !isStorableText(text)) throw invalidParameter(parameter, `${parameter} must not contain NUL`);
  }
  const scope = { applicationId: caller.application.id, tag, identifierCode };
  switch (caller.kind) {
    case 'APPLICATION':
      return { ...scope, visibleTo: null };
    case 'USER':
      return { ...scope, visibleTo: { username: caller.username, groups: caller.groups } };
    case 'VISITOR':
      return null;
  }
}
