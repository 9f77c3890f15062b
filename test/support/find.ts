import type { Headers } from './graphql.ts';
import { REQUEST_FIELDS, type RequestFields } from './secrets.ts';
import type { Post } from './test-application.ts';

const FIND = `query ($id: ID!) { clientSecretRequest(id: $id) { ...R } } ${REQUEST_FIELDS}`;

/** A request of the caller's as it stands; fails the test where it is not there. */
export async function findRequest(server: { post: Post }, headers: Headers, id: string): Promise<RequestFields> {
  const { data } = await server.post<{ clientSecretRequest: RequestFields | null }>(headers, FIND, { id });
  if (data.clientSecretRequest === null) throw new Error('There is no such request');
  return data.clientSecretRequest;
}
