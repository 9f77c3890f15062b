import type { ClientError, Headers } from './graphql.ts';
import { SECRET_VALUE } from './secrets.ts';
import type { TestServer } from './server.ts';

/** Every field of a client secret. */
export interface ClientSecretFields {
  id: string;
  name: string;
  maskedSecret: string;
  clientId: string | null;
  locked: boolean;
  enabled: boolean;
  allowedUrls: string[];
  allowedMethods: string[];
  allowedPlacements: string[];
  identifierCode: string | null;
  tags: string[];
  notes: string | null;
  owner: string | null;
  usersAllowed: { username: string; canEdit: boolean }[];
  groupsAllowed: { name: string; canEdit: boolean }[];
  version: number;
  viewerCanEdit: boolean;
  createdAt: string;
  updatedAt: string;
  lastUsedAt: string | null;
}

const CLIENT_SECRET_FIELDS = `fragment S on ClientSecret {
  id name maskedSecret clientId locked enabled allowedUrls allowedMethods allowedPlacements identifierCode tags notes owner
  usersAllowed { username canEdit } groupsAllowed { name canEdit } version viewerCanEdit createdAt updatedAt lastUsedAt
}`;

export type ChangeName = 'create' | 'update' | 'rotate' | 'enable' | 'disable';

const INPUTS: Record<ChangeName, string> = {
  create: 'CreateClientSecretInput',
  update: 'UpdateClientSecretInput',
  rotate: 'RotateClientSecretInput',
  enable: 'ClientSecretIdInput',
  disable: 'ClientSecretIdInput',
};

/** An operation on client secrets as one caller asks for it. */
export function secretsOf(server: TestServer, headers: Headers) {
  async function post(name: ChangeName, input: object) {
    const field = `${name}ClientSecret`;
    const query = `mutation ($input: ${INPUTS[name]}!) { ${field}(input: $input) { clientSecret { ...S } } }
      ${CLIENT_SECRET_FIELDS}`;
    const result = await server.post<Record<string, { clientSecret: ClientSecretFields }>>(headers, query, { input });
    return {
      errors: result.errors,
      // The field that was asked for.
      read: () => result.data[field]?.clientSecret as ClientSecretFields,
    };
  }
  return {
    async change(name: ChangeName, input: object): Promise<ClientSecretFields> {
      return (await post(name, input)).read();
    },
    create: async (input: object = {}): Promise<ClientSecretFields> =>
      (
        await post('create', {
          name: 'openai',
          clientSecret: SECRET_VALUE,
          allowedUrls: ['https://api.test'],
          ...input,
        })
      ).read(),
    /** Code and parameter of the refusal, or `none`. */
    refusal: async (name: ChangeName, input: object): Promise<string> => refusalIn((await post(name, input)).errors),
    remove: async (id: string): Promise<string> => {
      const query = 'mutation ($input: ClientSecretIdInput!) { deleteClientSecret(input: $input) { id } }';
      return refusalIn((await server.post(headers, query, { input: { id } })).errors);
    },
    async find(name: string): Promise<ClientSecretFields | null> {
      const query = `query ($name: String!) { clientSecret(name: $name) { ...S } } ${CLIENT_SECRET_FIELDS}`;
      return (await server.post<{ clientSecret: ClientSecretFields | null }>(headers, query, { name })).data
        .clientSecret;
    },
    async names(filter: object = {}): Promise<string[]> {
      const query = `query ($tag: String, $identifierCode: String) {
        clientSecrets(tag: $tag, identifierCode: $identifierCode, first: 100) { totalCount nodes { name } }
      }`;
      const { data } = await server.post<{ clientSecrets: { totalCount: number; nodes: { name: string }[] } }>(
        headers,
        query,
        filter,
      );
      const names = data.clientSecrets.nodes.map((node) => node.name);
      if (data.clientSecrets.totalCount !== names.length) throw new Error('totalCount counts others');
      return names;
    },
  };
}

/** Code and parameter of the first error, or `none`. */
export function refusalIn(errors: readonly ClientError[]): string {
  const [error] = errors;
  return error === undefined ? 'none' : [error.extensions.code, error.extensions.parameter].filter(Boolean).join(' ');
}
