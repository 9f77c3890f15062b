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
export async function ask(
  client: pg.ClientBase,
  query: pg.QueryConfig,
  timeoutMs: number | null,
): Promise<pg.QueryResult> {
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<pg.QueryResult>((resolve, reject) => {
      if (timeoutMs !== null) timer = setTimeout(() => reject(new Error(TIMEOUT_MESSAGE)), timeoutMs);
      client.query(query, (error, result) => {
        if (error) reject(error);
        else resolve(result);
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

/** A connection that did not answer in time is given up at its release: pg would hand it out again, still waiting. */
export function guard(client: pg.PoolClient, timeoutMs: number | null): PostgresClient {
  let broken: Error | undefined;
  async function query(given: string | pg.QueryConfig, values?: unknown[]): Promise<pg.QueryResult> {
    if (broken !== undefined) throw broken;
    try {
      const config = typeof given === 'string' ? { text: given, ...(values && { values }) } : given;
      return await ask(client, config, timeoutMs);
    } catch (error) {
      if (error instanceof Error && error.message === TIMEOUT_MESSAGE) broken = error;
      throw error;
    }
  }
  // One of pg's overloads: nobody here asks in another way.
  return { query: query as pg.PoolClient['query'], release: () => client.release(broken) };
}
