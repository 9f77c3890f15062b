import type { Headers } from './graphql.ts';
import type { Post } from './test-application.ts';

/** A server that can be asked. */
type Asked = { post: Post };

/** A value that no other text has by chance, long enough to be masked. */
export const SECRET_VALUE = 'sk-test-4f9a1c7be2d84466b0a3';

const CREATE = `mutation ($input: CreateClientSecretInput!) {
  createClientSecret(input: $input) { clientSecret { id name version maskedSecret } }
}`;

export interface CreatedSecret {
  id: string;
  name: string;
  version: number;
  maskedSecret: string;
}

/** Keeps a client secret that may be sent to `origin`, in headers unless the input says more. */
export async function createSecret(
  server: Asked,
  headers: Headers,
  origin: string,
  input: object = {},
): Promise<CreatedSecret> {
  const created = await server.post<{ createClientSecret: { clientSecret: CreatedSecret } }>(headers, CREATE, {
    input: { name: 'openai', clientSecret: SECRET_VALUE, allowedUrls: [origin], ...input },
  });
  return created.data.createClientSecret.clientSecret;
}

/** Every field of a request. */
export const REQUEST_FIELDS = `fragment R on ClientSecretRequest {
  id status clientSecretName clientSecretVersion url method queue queuePosition requestHeaders requestBody
  statusCode responseHeaders responseBody responseText responseBase64 error { code message }
  createdAt startedAt updatedAt expiresAt
}`;

export const SUBMIT = `mutation ($input: ClientSecretRequestInput!) {
  clientSecretRequest(input: $input) { request { ...R } }
} ${REQUEST_FIELDS}`;

export interface RequestFields {
  id: string;
  status: 'PENDING' | 'RESOLVED' | 'FAILED';
  clientSecretName: string;
  clientSecretVersion: number | null;
  url: string;
  method: string;
  queue: string | null;
  queuePosition: number | null;
  requestHeaders: Record<string, unknown> | null;
  requestBody: unknown;
  statusCode: number | null;
  responseHeaders: Record<string, unknown> | null;
  responseBody: unknown;
  responseText: string | null;
  responseBase64: string | null;
  error: { code: string; message: string } | null;
  createdAt: string;
  startedAt: string | null;
  updatedAt: string;
  expiresAt: string;
}

export interface Submitted {
  clientSecretRequest: { request: RequestFields };
}

/** Submits, waits for the end where `input.wait` says so, and returns the request. */
export async function submit(server: Asked, headers: Headers, input: object): Promise<RequestFields> {
  const { data } = await server.post<Submitted>(headers, SUBMIT, {
    input: {
      clientSecretName: 'openai',
      method: 'POST',
      headers: { authorization: 'Bearer $CLIENT_SECRET' },
      ...input,
    },
  });
  return data.clientSecretRequest.request;
}
