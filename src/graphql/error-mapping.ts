import { GraphQLError } from 'graphql';
import { isUnavailable } from '../database/unavailable.ts';
import { KeyholeError } from '../errors.ts';
import { newId } from '../ids.ts';
import { clientError, fromKeyholeError, isClientError, unavailableError } from './client-errors.ts';

/** Takes what went wrong unexpectedly, with the ID that the client was given, and that of its HTTP request where there is one. */
export type ReportError = (error: unknown, errorId: string, requestId?: string) => void;

/**
 * Whatever was thrown, as a client may see it. A KeyholeError keeps its message; an unexpected error goes to `report` and
 * leaves nothing to the client but an ID, over every transport and in every NODE_ENV.
 */
export function toClientError(thrown: unknown, report: ReportError): GraphQLError {
  const cause = causeOf(thrown);
  if (isClientError(cause)) return cause;
  const at = thrown instanceof GraphQLError ? thrown : undefined;
  const where = {
    nodes: at?.nodes ?? null,
    source: at?.source ?? null,
    positions: at?.positions ?? null,
    path: at?.path ?? null,
  };
  if (cause instanceof KeyholeError) return fromKeyholeError(cause, where);
  if (cause instanceof GraphQLError && cause.message.startsWith('Argument "')) {
    // The one error of a client's that execution itself finds: a variable was null where its argument may not be.
    return clientError('BAD_USER_INPUT', 'An argument has a value that its type does not allow.', where);
  }
  const errorId = newId();
  report(cause, errorId);
  const options = { ...where, extensions: { errorId } };
  if (isUnavailable(cause)) return unavailableError('The database is unavailable. Try again.', options);
  const message = `Something went wrong in the server. Its log has more under the ID ${errorId}.`;
  return clientError('INTERNAL', message, options);
}

/** What was thrown first, out of the GraphQLErrors around it. */
function causeOf(thrown: unknown): unknown {
  let cause = thrown;
  while (!isClientError(cause) && cause instanceof GraphQLError && cause.originalError) cause = cause.originalError;
  return cause;
}
