/** What stands beside the code and the message of an error. */
export interface ErrorFacts {
  /** The third party's HTTP status, where it answered. */
  status_code?: number | null;
  /** What the third party answered, as in the history. */
  response_body?: unknown;
  /** Path of the offending value, such as `poll` or `input.headers.Host`. */
  parameter?: string | undefined;
  /** With `RATE_LIMITED`: milliseconds after which a further attempt makes sense. */
  retryAfterMs?: number | undefined;
  cause?: unknown;
}

/**
 * Every error that the library rejects with. `code` is one of the server's codes for operations (`INVALID_PARAMETER`, `NOT_FOUND` …),
 * one of a failed request's (`UPSTREAM_STATUS`, `EXPIRED` …), `NETWORK_ERROR` where no readable answer came, or `UNAVAILABLE` where the server can take nothing
 * just now.
 */
export class KeyholeError extends Error {
  override readonly name = 'KeyholeError';
  readonly code: string;
  readonly status_code: number | null;
  readonly response_body: unknown;
  readonly parameter: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(code: string, message: string, facts: ErrorFacts = {}) {
    super(message, { cause: facts.cause });
    this.code = code;
    this.status_code = facts.status_code ?? null;
    this.response_body = facts.response_body ?? null;
    this.parameter = facts.parameter;
    this.retryAfterMs = facts.retryAfterMs;
  }
}

export function invalidParameter(parameter: string, message: string): KeyholeError {
  return new KeyholeError('INVALID_PARAMETER', message, { parameter });
}

export function networkError(message: string, cause?: unknown): KeyholeError {
  return new KeyholeError('NETWORK_ERROR', message, { cause });
}

/** Nobody answered, or somebody who cannot just now: safe to submit again with the same idempotency key. */
export function isUnavailable(error: unknown): boolean {
  return error instanceof KeyholeError && (error.code === 'NETWORK_ERROR' || error.code === 'UNAVAILABLE');
}

/** Listening goes on after these: they pass by themselves, and the request lives on the server meanwhile. */
export function isTransient(error: unknown): boolean {
  return isUnavailable(error) || (error instanceof KeyholeError && ['INTERNAL', 'RATE_LIMITED'].includes(error.code));
}

/** An entry of `errors` in a GraphQL result. */
export interface GraphQLError {
  message: string;
  extensions?: { code?: string; parameter?: string; retryAfterMs?: number };
}

/** The error for the first of `errors`. */
export function fromGraphQL(error: GraphQLError | undefined): KeyholeError {
  const { message = 'An error without a message', extensions = {} } = error ?? {};
  return new KeyholeError(extensions.code ?? 'INTERNAL', message, {
    parameter: extensions.parameter,
    retryAfterMs: extensions.retryAfterMs,
  });
}
