import type { Endpoint } from './endpoint.ts';
import { fetchAll } from './pages.ts';
import type { Application, UserTokenVerification } from './types.ts';

const FIELDS = `id name enabled allowedOrigins requestsPerMinute createdAt userTokens { issuer audience jwksUrl }
  credentials { id label clientId createdAt lastUsedAt }`;

export interface ApplicationInput {
  name: string;
  enabled: boolean;
  allowedOrigins: string[];
  userTokens: UserTokenVerification | null;
  requestsPerMinute: number | null;
}

/** A pair that the server shows once. */
export interface NewCredential {
  clientId: string;
  clientSecret: string;
}

/** In the order of their making. */
export function fetchApplications(endpoint: Endpoint): Promise<Application[]> {
  return fetchAll(endpoint, 'applications', FIELDS);
}

export async function createApplication(
  endpoint: Endpoint,
  input: Omit<ApplicationInput, 'enabled'>,
): Promise<NewCredential & { application: { id: string } }> {
  const mutation = `mutation ($input: CreateApplicationInput!) { created: createApplication(input: $input) { clientId clientSecret application { id } } }`;
  const { created } = await endpoint.ask<{ created: NewCredential & { application: { id: string } } }>(mutation, {
    input,
  });
  return created;
}

/** What is left out of the input stays as it is. */
export async function updateApplication(
  endpoint: Endpoint,
  id: string,
  changes: Partial<ApplicationInput>,
): Promise<void> {
  const mutation =
    'mutation ($input: UpdateApplicationInput!) { updateApplication(input: $input) { application { id } } }';
  await endpoint.ask(mutation, { input: { id, ...changes } });
}

export async function createCredential(
  endpoint: Endpoint,
  applicationId: string,
  label: string | null,
): Promise<NewCredential> {
  const mutation = `mutation ($input: CreateApplicationCredentialInput!) { created: createApplicationCredential(input: $input) { clientId clientSecret } }`;
  const { created } = await endpoint.ask<{ created: NewCredential }>(mutation, { input: { applicationId, label } });
  return created;
}

export async function revokeCredential(endpoint: Endpoint, id: string): Promise<void> {
  await endpoint.ask('mutation ($id: ID!) { revokeApplicationCredential(input: { id: $id }) { id } }', { id });
}
