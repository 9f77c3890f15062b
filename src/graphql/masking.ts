import type { ExecutionResult } from 'graphql';
import { isAsyncIterable, mapAsyncIterator } from 'graphql-yoga';
import { type ReportError, toClientError } from './error-mapping.ts';

type Result = ExecutionResult | AsyncIterableIterator<ExecutionResult>;

/** The same result, or stream of results, with errors that a client may see. */
export function masked(result: Result, report: ReportError): Result {
  if (!isAsyncIterable(result)) return maskedOnce(result, report);
  return mapAsyncIterator(
    result,
    (value: ExecutionResult) => maskedOnce(value, report),
    (error: unknown) => {
      throw toClientError(error, report);
    },
  );
}

function maskedOnce(result: ExecutionResult, report: ReportError): ExecutionResult {
  if (result.errors === undefined) return result;
  return { ...result, errors: result.errors.map((error) => toClientError(error, report)) };
}
