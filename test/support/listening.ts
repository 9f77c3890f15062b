import { createClient as createSseClient } from 'graphql-sse';
import { createClient as createSocketClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { ClientError, Headers } from './graphql.ts';
import { REQUEST_FIELDS, type RequestFields } from './secrets.ts';

export interface Event<Data> {
  data?: Data | null;
  errors?: readonly ClientError[];
}

/** A subscription that the server has been asked for. */
export interface Subscribed<Data> {
  /** The next event; rejects where the subscription is over instead. */
  next(): Promise<Event<Data>>;
  /** All events until the server completes it; rejects where it breaks off. */
  rest(): Promise<Event<Data>[]>;
  /** Leaves it. */
  stop(): Promise<void>;
}

export type Subscribe = <Data>(url: string, headers: Headers, query: string, variables?: object) => Subscribed<Data>;

/** Over graphql-transport-ws, by a client of its own. */
export function subscribeByWebSocket<Data>(
  url: string,
  headers: Headers,
  query: string,
  variables: object = {},
): Subscribed<Data> {
  const client = createSocketClient({
    url: url.replace(/^http/, 'ws'),
    webSocketImpl: WebSocket,
    connectionParams: headers,
    retryAttempts: 0,
    // What breaks off is what the test sees, not the console.
    onNonLazyError: () => {},
  });
  const payload = { query, variables: { ...variables } };
  return toSubscribed(client.iterate<Data>(payload), () => client.dispose());
}

/** Over server-sent events: distinct connections, by POST. */
export function subscribeBySse<Data>(
  url: string,
  headers: Headers,
  query: string,
  variables: object = {},
): Subscribed<Data> {
  const client = createSseClient({ url, headers, singleConnection: false, retryAttempts: 0 });
  const payload = { query, variables: { ...variables } };
  return toSubscribed(client.iterate<Data>(payload), () => client.dispose());
}

export const TRANSPORTS: readonly (readonly [name: string, subscribe: Subscribe])[] = [
  ['WebSocket', subscribeByWebSocket],
  ['SSE', subscribeBySse],
];

function toSubscribed<Data>(results: AsyncIterableIterator<unknown>, dispose: () => unknown): Subscribed<Data> {
  async function next(): Promise<IteratorResult<Event<Data>>> {
    // What the server sends is what the test checks.
    return (await results.next()) as IteratorResult<Event<Data>>;
  }
  return {
    async next() {
      const { done, value } = await next();
      if (done) throw new Error('The subscription is over');
      return value;
    },
    async rest() {
      const events: Event<Data>[] = [];
      for (let { done, value } = await next(); !done; { done, value } = await next()) events.push(value);
      await dispose();
      return events;
    },
    async stop() {
      await results.return?.();
      await dispose();
    },
  };
}

export const REQUEST_UPDATED = `subscription ($id: ID!) {
  clientSecretRequestUpdated(id: $id) { ...R }
} ${REQUEST_FIELDS}`;
export interface RequestUpdated {
  clientSecretRequestUpdated: RequestFields;
}

export const HISTORY_UPDATED = `subscription ($filter: ClientSecretRequestFilter) {
  clientSecretRequestHistoryUpdated(filter: $filter) { ...R }
} ${REQUEST_FIELDS}`;
export interface HistoryUpdated {
  clientSecretRequestHistoryUpdated: RequestFields;
}
