import type pg from 'pg';

/** A connection on loan from a pool. */
export interface PostgresClient {
  query: pg.PoolClient['query'];
  release(): void;
}

/** One of the messages that `isUnavailable` knows. */
const TIMEOUT_MESSAGE = 'Query read timeout';

/**
 * Asks by callback, and looks to the clock by itself. For its promises, and for its own `query_timeout`, pg assigns a
 * function to a property with each query. V8 makes such functions in old space, where they hold all that the query leads
 * to (its rows, who waits for them, and what those hold) until the next full collection: twice the work of the collector.
 */
export async function ask<Answer>(
  timeoutMs: number | null,
  start: (done: (error: Error | null, answer: Answer) => void) => void,
): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<Answer>((resolve, reject) => {
      if (timeoutMs !== null) timer = setTimeout(() => reject(new Error(TIMEOUT_MESSAGE)), timeoutMs);
      start((error, answer) => {
        if (error) reject(error);
        else resolve(answer);
      });
    });
  } catch (error) {
    // It was made where bytes came in: who asked is what helps.
    if (error instanceof Error) Error.captureStackTrace(error);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Its connection is of no use any more: it may still be waiting for an answer, or Postgres, or a pooler, is closing it. The
 * severity comes in Postgres' own language: by the SQLSTATE too, of which 57P is what an operator, a crash or a limit ends.
 */
export function endsConnection(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  if (error.message === TIMEOUT_MESSAGE || ('severity' in error && error.severity === 'FATAL')) return true;
  return 'code' in error && String(error.code).startsWith('57P');
}

/** A connection that is of no use any more is given up at its release: pg would hand it out again. */
export function guard(client: pg.PoolClient, timeoutMs: number | null): PostgresClient {
  let broken: Error | undefined;
  async function query(given: string | pg.QueryConfig, values?: unknown[]): Promise<pg.QueryResult> {
    if (broken !== undefined) throw broken;
    try {
      const config = typeof given === 'string' ? { text: given, ...(values && { values }) } : given;
      return await ask<pg.QueryResult>(timeoutMs, (done) => client.query(config, done));
    } catch (error) {
      if (endsConnection(error)) broken = error;
      throw error;
    }
  }
  // One of pg's overloads: nobody here asks in another way.
  return { query: query as pg.PoolClient['query'], release: () => client.release(broken) };
}
