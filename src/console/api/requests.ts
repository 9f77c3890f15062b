import type { Endpoint } from './endpoint.ts';
import type { HttpMethod, Page, RequestDetail, RequestRow, RequestStatus } from './types.ts';

/** Bodies are not among them: they may be large, and a list shows none. */
const ROW =
  'id status clientSecretName url method queue statusCode error { code message } createdAt startedAt updatedAt';
const DETAIL = `${ROW} clientSecretVersion queuePosition requestHeaders requestBody responseHeaders responseText responseBase64 expiresAt`;
const PAGE = `query ($filter: ClientSecretRequestFilter, $after: String) {
  page: clientSecretRequestHistory(filter: $filter, first: 50, after: $after) { nodes { ${ROW} } pageInfo { hasNextPage endCursor } }
}`;
const BY_IDS = `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on ClientSecretRequest { ${ROW} } } }`;

export const REQUEST_CHANGED = `subscription { request: clientSecretRequestHistoryUpdated { ${ROW} } }`;

/** What is left out does not narrow. */
export interface RequestFilter {
  status?: RequestStatus;
  url?: string;
  method?: HttpMethod;
  queue?: string;
  clientSecretName?: string;
}

/** Newest first. */
export async function fetchRequests(
  endpoint: Endpoint,
  filter: RequestFilter,
  after: string | null,
): Promise<Page<RequestRow>> {
  const { page } = await endpoint.ask<{ page: Page<RequestRow> }>(PAGE, { filter, after });
  return page;
}

/** Those of at most a hundred that there are still. */
export async function fetchRequestsById(endpoint: Endpoint, ids: string[]): Promise<RequestRow[]> {
  const { nodes } = await endpoint.ask<{ nodes: (RequestRow | null)[] }>(BY_IDS, { ids });
  return nodes.filter((node) => node !== null);
}

/** Null where there is no such request, or none of the caller's. */
export async function fetchRequest(endpoint: Endpoint, id: string): Promise<RequestDetail | null> {
  const query = `query ($id: ID!) { request: clientSecretRequest(id: $id) { ${DETAIL} } }`;
  const { request } = await endpoint.ask<{ request: RequestDetail | null }>(query, { id });
  return request;
}

export async function cancelRequest(endpoint: Endpoint, id: string): Promise<RequestDetail> {
  const mutation = `mutation ($id: ID!) { canceled: cancelClientSecretRequest(input: { id: $id }) { request { ${DETAIL} } } }`;
  const { canceled } = await endpoint.ask<{ canceled: { request: RequestDetail } }>(mutation, { id });
  return canceled.request;
}

export async function deleteRequest(endpoint: Endpoint, id: string): Promise<void> {
  await endpoint.ask('mutation ($id: ID!) { deleteClientSecretRequest(input: { id: $id }) { id } }', { id });
}

/** A new request like one that there was; its ID. */
export async function sendAgain(endpoint: Endpoint, request: RequestDetail): Promise<string> {
  const { clientSecretName, url, method, queue, requestHeaders: headers, requestBody } = request;
  const hasBody = method !== 'GET' && method !== 'DELETE';
  const body = requestBody === null ? {} : { [hasBody ? 'data' : 'params']: requestBody };
  const mutation =
    'mutation ($input: ClientSecretRequestInput!) { sent: clientSecretRequest(input: $input) { request { id } } }';
  const { sent } = await endpoint.ask<{ sent: { request: { id: string } } }>(mutation, {
    input: { clientSecretName, url, method, queue, headers, ...body },
  });
  return sent.request.id;
}
