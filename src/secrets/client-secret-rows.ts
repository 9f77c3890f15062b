import type { ClientSecretUpdate, NewClientSecret } from '../database/schema.ts';
import type { CreateClientSecret, UpdateClientSecret } from './client-secret-input.ts';
import { maskSecret, SecretValue } from './secret-value.ts';
import type { SealIdentity, Vault } from './vault.ts';

type SealedColumns = Pick<NewClientSecret, 'masked_secret' | 'key_id' | 'wrapped_key' | 'sealed_value'>;

/** The columns that hold a value, as its row and version seal it. */
export function sealedColumns(vault: Vault, identity: SealIdentity, clientSecret: string): SealedColumns {
  const sealed = vault.seal(identity, new SecretValue(clientSecret));
  return {
    masked_secret: maskSecret(clientSecret),
    key_id: sealed.keyId,
    wrapped_key: sealed.wrappedKey,
    sealed_value: sealed.sealedValue,
  };
}

export function newRowOf(
  { applicationId, id, version }: SealIdentity,
  owner: string | null,
  fields: Omit<CreateClientSecret, 'clientSecret'>,
  sealed: SealedColumns,
): NewClientSecret {
  const now = new Date();
  return {
    ...sealed,
    application_id: applicationId,
    id,
    version,
    owner,
    name: fields.name,
    client_id: fields.clientId,
    locked: fields.locked,
    allowed_urls: fields.allowedUrls,
    allowed_methods: fields.allowedMethods,
    allowed_placements: [...fields.allowedPlacements],
    identifier_code: fields.identifierCode,
    tags: fields.tags,
    notes: fields.notes,
    users_allowed: JSON.stringify(fields.usersAllowed),
    groups_allowed: JSON.stringify(fields.groupsAllowed),
    created_at: now,
    updated_at: now,
  };
}

/** Null where nothing was given. */
export function changesOf(fields: UpdateClientSecret): ClientSecretUpdate | null {
  const changes: ClientSecretUpdate = {
    name: fields.name,
    client_id: fields.clientId,
    locked: fields.locked,
    allowed_urls: fields.allowedUrls,
    allowed_methods: fields.allowedMethods,
    allowed_placements: fields.allowedPlacements && [...fields.allowedPlacements],
    identifier_code: fields.identifierCode,
    tags: fields.tags,
    notes: fields.notes,
    users_allowed: fields.usersAllowed && JSON.stringify(fields.usersAllowed),
    groups_allowed: fields.groupsAllowed && JSON.stringify(fields.groupsAllowed),
  };
  return Object.values(changes).some((value) => value !== undefined) ? changes : null;
}
