import type { Endpoint } from './endpoint.ts';
import { fetchAll } from './pages.ts';
import type { ClientSecret, GroupAccess, HttpMethod, SecretPlacement, UserAccess } from './types.ts';

const FIELDS = `id name maskedSecret clientId locked enabled allowedUrls allowedMethods allowedPlacements identifierCode tags notes owner
  usersAllowed { username canEdit } groupsAllowed { name canEdit } version viewerCanEdit createdAt updatedAt lastUsedAt`;

/** What can be changed of a client secret, as the API's inputs name it. */
export interface SecretInput {
  name: string;
  allowedUrls: string[];
  clientId: string | null;
  locked: boolean;
  allowedMethods: HttpMethod[];
  allowedPlacements: SecretPlacement[];
  identifierCode: string | null;
  tags: string[];
  notes: string | null;
  usersAllowed: UserAccess[];
  groupsAllowed: GroupAccess[];
}

/** All that the caller may see; `onPage` is given what was read so far. */
export function fetchSecrets(endpoint: Endpoint, onPage: (secrets: ClientSecret[]) => void): Promise<ClientSecret[]> {
  return fetchAll(endpoint, 'clientSecrets', FIELDS, onPage);
}

export function createSecret(endpoint: Endpoint, input: SecretInput & { clientSecret: string }): Promise<ClientSecret> {
  return change(endpoint, 'createClientSecret', 'CreateClientSecretInput', input);
}

/** What is left out of the input stays as it is. */
export function updateSecret(endpoint: Endpoint, id: string, changes: Partial<SecretInput>): Promise<ClientSecret> {
  return change(endpoint, 'updateClientSecret', 'UpdateClientSecretInput', { id, ...changes });
}

export function rotateSecret(endpoint: Endpoint, id: string, clientSecret: string): Promise<ClientSecret> {
  return change(endpoint, 'rotateClientSecret', 'RotateClientSecretInput', { id, clientSecret });
}

export function enableSecret(endpoint: Endpoint, id: string, enabled: boolean): Promise<ClientSecret> {
  return change(endpoint, enabled ? 'enableClientSecret' : 'disableClientSecret', 'ClientSecretIdInput', { id });
}

export async function deleteSecret(endpoint: Endpoint, id: string): Promise<void> {
  await endpoint.ask('mutation ($input: ClientSecretIdInput!) { deleteClientSecret(input: $input) { id } }', {
    input: { id },
  });
}

async function change(endpoint: Endpoint, field: string, type: string, input: object): Promise<ClientSecret> {
  const mutation = `mutation ($input: ${type}!) { changed: ${field}(input: $input) { clientSecret { ${FIELDS} } } }`;
  const { changed } = await endpoint.ask<{ changed: { clientSecret: ClientSecret } }>(mutation, { input });
  return changed.clientSecret;
}
