import { KeyholeError } from './errors.ts';

export type ItemStatus = 'pending' | 'resolved' | 'failed';
export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** A request and, once it is settled, what came of it. Times are milliseconds since 1970. */
export interface RequestItem {
  id: string;
  status: ItemStatus;
  /** The third party's HTTP status; null where it did not answer. */
  status_code: number | null;
  /** JSON as its value, text as a string, anything else as a Blob of its media type; null without a body. */
  response_body: unknown;
  /** The `data` or `params` as submitted. */
  request_body: unknown;
  /** Why it failed. */
  error: { code: string; message: string } | null;
  created: number;
  updated: number;
  expires: number;
  queue: string | null;
}

/** A ClientSecretRequest as the API gives it. */
export interface RequestState {
  id: string;
  status: 'PENDING' | 'RESOLVED' | 'FAILED';
  statusCode: number | null;
  responseHeaders: Record<string, string | string[]> | null;
  responseBody: unknown;
  responseBase64: string | null;
  requestBody: unknown;
  error: { code: string; message: string } | null;
  createdAt: string;
  updatedAt: string;
  expiresAt: string;
  queue: string | null;
}

export const STATE_FIELDS =
  'id status statusCode responseHeaders responseBody responseBase64 requestBody error { code message } createdAt updatedAt expiresAt queue';

export function toItem(state: RequestState): RequestItem {
  return {
    id: state.id,
    // The API's names, in lower case.
    status: state.status.toLowerCase() as ItemStatus,
    status_code: state.statusCode,
    response_body: responseBody(state),
    request_body: state.requestBody,
    error: state.error,
    created: Date.parse(state.createdAt),
    updated: Date.parse(state.updatedAt),
    expires: Date.parse(state.expiresAt),
    queue: state.queue,
  };
}

/** The third party's response body of a settled request; throws where the request failed. */
export function outcome({ status_code, response_body, error }: RequestItem): unknown {
  if (error) throw new KeyholeError(error.code, error.message, { status_code, response_body });
  return response_body;
}

function responseBody({ responseBody, responseBase64, responseHeaders }: RequestState): unknown {
  if (responseBase64 === null) return responseBody;
  const bytes = Uint8Array.from(atob(responseBase64), (character) => character.charCodeAt(0));
  return new Blob([bytes], { type: String(responseHeaders?.['content-type'] ?? '') });
}
