// pure
/** The closed union of codes that a client may see (BEHAVIOUR 6). Codes of GraphQL's own parsing and validation are added by the edge. */
export type ErrorCode =
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'INVALID_PARAMETER'
  | 'ALREADY_EXISTS'
  | 'SECRET_DISABLED'
  | 'DESTINATION_NOT_ALLOWED'
  | 'RATE_LIMITED'
  | 'QUERY_TOO_COMPLEX'
  | 'PAYLOAD_TOO_LARGE'
  | 'INTERNAL';

export interface ErrorDetails {
  /** Path of the offending value, such as `input.allowedUrls[0]`. */
  parameter?: string;
  retryAfterMs?: number;
}

/** An error whose message is meant for the client. Anything else that is thrown reaches clients as INTERNAL. Knows no transport. */
export class KeyholeError extends Error {
  override readonly name = 'KeyholeError';
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

/** INVALID_PARAMETER at `parameter`; the message must not repeat the value. */
export function invalidParameter(parameter: string, message: string): KeyholeError {
  return new KeyholeError('INVALID_PARAMETER', message, { parameter });
}

export function notFound(message: string): KeyholeError {
  return new KeyholeError('NOT_FOUND', message);
}

export function forbidden(message: string): KeyholeError {
  return new KeyholeError('FORBIDDEN', message);
}
