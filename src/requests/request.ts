import type { HttpMethod } from '../secrets/client-secret.ts';

export type RequestStatus = 'PENDING' | 'RESOLVED' | 'FAILED';

/** Why a request failed: stands in the request itself, never among the errors of an operation. */
export type RequestErrorCode =
  | 'UPSTREAM_STATUS'
  | 'UPSTREAM_REDIRECT'
  | 'UPSTREAM_UNREACHABLE'
  | 'UPSTREAM_TIMEOUT'
  | 'RESPONSE_TOO_LARGE'
  | 'RESPONSE_UNREADABLE'
  | 'DESTINATION_NOT_ALLOWED'
  | 'SECRET_NOT_USABLE'
  | 'EXPIRED'
  | 'CANCELED'
  | 'OUTCOME_UNKNOWN';

export interface RequestError {
  code: RequestErrorCode;
  message: string;
}

export type ResponseHeaders = Record<string, string | string[]>;
export type ResponseKind = 'json' | 'text' | 'binary';

/** What came back, scrubbed: `body` is the exact text, or Base64 where `kind` is binary; both null without a body. */
export interface StoredResponse {
  statusCode: number;
  headers: ResponseHeaders;
  kind: ResponseKind | null;
  body: string | null;
}

/** How a request ended. A response may stand beside an error (a status of 400 or above). */
export interface Settlement {
  error: RequestError | null;
  response: StoredResponse | null;
}

/** What the third party is asked, as submitted: placeholders stand in it, never the secret. */
export interface Submission {
  clientSecretName: string;
  /** As submitted. */
  url: string;
  method: HttpMethod;
  /** Null where none were given. Values are strings or numbers. */
  headers: Readonly<Record<string, string | number>> | null;
  /** `data` with POST, PUT and PATCH; `params` with GET and DELETE; undefined where none was given. */
  body: unknown;
  queue: string | null;
  /** Milliseconds. */
  expires: number;
  timeout: number;
  wait: number;
  idempotencyKey: string | null;
}
