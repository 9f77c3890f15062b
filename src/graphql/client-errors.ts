import { type ExecutionResult, GraphQLError, type GraphQLErrorOptions } from 'graphql';
import type { ErrorCode, KeyholeError } from '../errors.ts';

/** Every code that `extensions.code` may hold (BEHAVIOUR 6). */
export type ClientErrorCode =
  | ErrorCode
  | 'GRAPHQL_PARSE_FAILED'
  | 'GRAPHQL_VALIDATION_FAILED'
  | 'OPERATION_RESOLUTION_FAILURE'
  | 'BAD_USER_INPUT';

/**
 * The HTTP status of a request refused as a whole. An error of one field comes with 200. Where a client accepts only
 * `application/json`, what GraphQL itself refuses comes with 200 too, as GraphQL over HTTP has it: `refusedByGraphQL`.
 */
const STATUSES: Record<ClientErrorCode, number> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  INVALID_PARAMETER: 400,
  ALREADY_EXISTS: 409,
  SECRET_DISABLED: 409,
  DESTINATION_NOT_ALLOWED: 403,
  RATE_LIMITED: 429,
  QUERY_TOO_COMPLEX: 400,
  PAYLOAD_TOO_LARGE: 413,
  INTERNAL: 500,
  GRAPHQL_PARSE_FAILED: 400,
  GRAPHQL_VALIDATION_FAILED: 400,
  OPERATION_RESOLUTION_FAILURE: 400,
  BAD_USER_INPUT: 400,
};

const REFUSED_BY_GRAPHQL: ReadonlySet<ClientErrorCode> = new Set([
  'QUERY_TOO_COMPLEX',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
  'BAD_USER_INPUT',
]);

const UNAVAILABLE_STATUS = 503;
const METHOD_STATUS = 405;

// What was made here may go out; any other GraphQLError may quote a value, or the text of something unexpected.
const statuses = new WeakMap<GraphQLError, { refusedByGraphQL: boolean; status: number }>();

/** An error that may be shown to clients as it is: `message` quotes no value. */
export function clientError(
  code: ClientErrorCode,
  message: string,
  { extensions, ...where }: GraphQLErrorOptions = {},
): GraphQLError {
  const error = new GraphQLError(message, { ...where, extensions: { code, ...extensions } });
  statuses.set(error, { refusedByGraphQL: REFUSED_BY_GRAPHQL.has(code), status: STATUSES[code] });
  return error;
}

/** What can be tried again: the server stops, or its database is away. */
export function unavailableError(message: string, options: GraphQLErrorOptions = {}): GraphQLError {
  const error = clientError('INTERNAL', message, options);
  statuses.set(error, { refusedByGraphQL: false, status: UNAVAILABLE_STATUS });
  return error;
}

export const shuttingDown = (): GraphQLError => unavailableError('The server is shutting down. Try again.');

/** A mutation by GET: GraphQL over HTTP wants the status of HTTP, whatever the client accepts. */
export function mutationRefused(): GraphQLError {
  const error = clientError('OPERATION_RESOLUTION_FAILURE', 'Mutations are taken by POST alone.');
  statuses.set(error, { refusedByGraphQL: false, status: METHOD_STATUS });
  return error;
}

/** Whether the result is that of a mutation by GET. */
export function refusesMethod({ errors }: ExecutionResult): boolean {
  return errors?.[0] !== undefined && statuses.get(errors[0])?.status === METHOD_STATUS;
}

/** A KeyholeError as clients see it, at the place where it was thrown. */
export function fromKeyholeError({ code, message, details }: KeyholeError, at: GraphQLErrorOptions = {}): GraphQLError {
  return clientError(code, message, { ...at, extensions: { ...details } });
}

/** Whether it was made here. */
export function isClientError(error: unknown): error is GraphQLError {
  return error instanceof GraphQLError && statuses.has(error);
}

/** The HTTP status of a whole request that was refused with this error. */
export function statusOf(error: GraphQLError, acceptsResponseJson: boolean): number {
  const known = statuses.get(error) ?? { refusedByGraphQL: false, status: STATUSES.INTERNAL };
  return known.refusedByGraphQL && !acceptsResponseJson ? 200 : known.status;
}
