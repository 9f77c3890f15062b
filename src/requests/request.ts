// pure
import type { Context } from '@opentelemetry/api';
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

export type TraceContext = Context;

/** What ties a request to the operation that submitted it, in logs and traces. */
export interface Trail {
  /** `X-Request-Id` of that operation. */
  requestId: string;
  /** The operation's span. */
  trace?: TraceContext | undefined;
}

/** A request as it is kept, with what is open about it laid over what is stored. */
export interface RequestRecord {
  id: string;
  applicationId: string;
  /** `ownerOf` its caller. */
  owner: string;
  status: RequestStatus;
  clientSecretId: string;
  clientSecretName: string;
  /** Of the value that it was sent with; null before. */
  clientSecretVersion: number | null;
  url: string;
  method: HttpMethod;
  /** Hash of normalised URL and method. */
  target: string;
  queue: string | null;
  queueKey: string | null;
  headers: Readonly<Record<string, string | number>> | null;
  body: unknown;
  timeoutMs: number;
  response: StoredResponse | null;
  error: RequestError | null;
  createdAt: Date;
  startedAt: Date | null;
  updatedAt: Date;
  expiresAt: Date;
  /** Known to the instance that took it, and as long as it is in memory there. */
  trail?: Trail | undefined;
}

/** What a request is looked up by. */
export type RequestKey = Pick<RequestRecord, 'applicationId' | 'id'>;

export interface RequestFilter {
  url?: string | null | undefined;
  method?: HttpMethod | null | undefined;
  queue?: string | null | undefined;
  status?: RequestStatus | null | undefined;
  clientSecretName?: string | null | undefined;
}

/** Requests of one application with equal URL, method and queue, as far as they are the caller's and not settled. */
export interface Queue {
  /** The queue key. */
  id: string;
  applicationId: string;
  url: string;
  method: HttpMethod;
  queue: string;
  waitingCount: number;
  oldestWaitingAt: Date | null;
  sending: RequestRecord | null;
}
