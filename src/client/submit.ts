import { retried } from './backoff.ts';
import type { Endpoint } from './endpoint.ts';
import { withFileParts } from './form-files.ts';
import type { Listening } from './listening.ts';
import { outcome, type RequestState, STATE_FIELDS, toItem } from './request-item.ts';
import { type ClientSecretRequestParams, type FormSource, readParams } from './request-params.ts';
import { randomId } from './visitor-id.ts';

const SUBMIT = `mutation ($input: ClientSecretRequestInput!) { submitted: clientSecretRequest(input: $input) { request { ${STATE_FIELDS} } } }`;

/** What a submission without `poll` resolves with: the server has it, and sends it whatever becomes of the page. */
export interface Submitted {
  id: string;
  status: 'pending';
}

/** Submits once, whatever the network does; with `poll`, hears what comes of it. */
export async function submit(
  endpoint: Endpoint,
  listening: Listening,
  source: ClientSecretRequestParams | FormSource,
): Promise<unknown> {
  const { poll, ...params } = readParams(source);
  const input = {
    ...params,
    method: params.method.toUpperCase(),
    data: await withFileParts(params.data, isMultipart(params.headers)),
    idempotencyKey: params.idempotencyKey ?? randomId(),
  };
  const operation = { query: SUBMIT, variables: { input } };
  const { submitted } = await retried(() => endpoint.ask<{ submitted: { request: RequestState } }>(operation));
  const { request } = submitted;
  if (!poll) return { id: request.id, status: 'pending' } satisfies Submitted;
  // Settled already: it was submitted before, with the same key.
  if (request.status !== 'PENDING') return outcome(toItem(request));
  return outcome(await listening.settled(request.id, poll));
}

function isMultipart(headers: ClientSecretRequestParams['headers']): boolean {
  const [, contentType] = Object.entries(headers ?? {}).find(([name]) => name.toLowerCase() === 'content-type') ?? [];
  return /^\s*multipart\/form-data/i.test(String(contentType));
}
