import { retried } from './backoff.ts';
import { createEndpoint } from './endpoint.ts';
import { invalidParameter } from './errors.ts';
import type { Connection } from './follow.ts';
import { createHistory, type FetchHistory } from './history.ts';
import { createListening, FIND } from './listening.ts';
import { type RequestItem, type RequestState, STATE_FIELDS, toItem } from './request-item.ts';
import { type ClientSecretRequestParams, checkPoll, type FormSource, requireText } from './request-params.ts';
import { type Submitted, submit } from './submit.ts';
import { createSseTransport } from './transport-sse.ts';
import { createWsTransport } from './transport-ws.ts';
import { visitorId } from './visitor-id.ts';
import { type HistoryFilter, watch } from './watch.ts';

export { KeyholeError } from './errors.ts';
export type { FetchHistory, FetchOptions, History, HistoryParams } from './history.ts';
export type { HttpMethod, ItemStatus, RequestItem } from './request-item.ts';
export type { ClientSecretRequestParams, FormSource } from './request-params.ts';
export type { Submitted } from './submit.ts';
export type { HistoryFilter } from './watch.ts';

/** Milliseconds between questions where streams are blocked, for listeners that do not say. */
const ASK_EVERY = 3_000;
const CANCEL = `mutation ($id: ID!) { canceled: cancelClientSecretRequest(input: { id: $id }) { request { ${STATE_FIELDS} } } }`;

export interface ClientOptions {
  /** The application's public client ID. */
  clientId: string;
  /** Asked before each call and at each reconnect; nothing in it: the page speaks for a visitor. */
  getToken?: () => string | null | undefined | Promise<string | null | undefined>;
  /** The GraphQL endpoint; by default `/graphql` of the server that this script came from. */
  url?: string;
  /** How changes are heard: `sse` unless told. */
  transport?: 'sse' | 'websocket';
  fetch?: typeof fetch;
  WebSocket?: typeof WebSocket;
}

export interface ListenOptions {
  onUpdate(item: RequestItem): void;
  /** Told once, when listening ended for good before the request did, or could not begin. */
  onError?(error: unknown): void;
  signal?: AbortSignal;
  /** Milliseconds between questions where streams are blocked. */
  poll?: number;
}

/** Ends the listening; safe to call again. */
export type Unsubscribe = () => void;

export interface KeyholeClient {
  /** Has the server send a request. With `poll` above 0 resolves with the third party's response body, else at once. Rejects with a `KeyholeError`. */
  clientSecretRequest(params: ClientSecretRequestParams & { poll?: 0 }): Promise<Submitted>;
  clientSecretRequest(params: ClientSecretRequestParams | FormSource): Promise<unknown>;
  /** The caller's requests to a URL by a method. */
  clientSecretRequestHistory: FetchHistory;
  /** Tells how a request stands, then each change, until it is settled. */
  listen(id: string, options: ListenOptions): Unsubscribe;
  /** Tells each of the caller's requests that matches, whenever one is submitted or changes. */
  watchHistory(filter: HistoryFilter, options: ListenOptions): Unsubscribe;
  /** Null where there is no such request, or it is not the caller's. */
  request(id: string): Promise<RequestItem | null>;
  /** A waiting request is never sent; one being sent is given up; a settled one stays as it is. */
  cancel(id: string): Promise<RequestItem>;
}

export function createClient(options: ClientOptions): KeyholeClient {
  if (!options?.clientId) throw invalidParameter('clientId', 'createClient needs the clientId of the application');
  const { clientId, getToken } = options;
  const fetch = options.fetch ?? globalThis.fetch.bind(globalThis);
  const endpoint = createEndpoint({
    url: endpointUrl(options.url),
    clientId,
    visitorId: visitorId(clientId),
    getToken,
    fetch,
  });
  const transport =
    options.transport === 'websocket'
      ? createWsTransport(endpoint, requireWebSocket(options))
      : createSseTransport(endpoint);
  const connection: Connection = { endpoint, transport, blockedUntil: 0 };
  const listening = createListening(connection);

  function subscribe(
    { onUpdate, onError, signal, poll = ASK_EVERY }: ListenOptions,
    run: (poll: number, onUpdate: (item: RequestItem) => void, signal: AbortSignal) => Promise<void>,
  ): Unsubscribe {
    const controller = new AbortController();
    async function begin(): Promise<void> {
      checkPoll(poll);
      await run(poll, reported(onUpdate), controller.signal);
    }
    const unsubscribe = () => controller.abort();
    if (signal?.aborted) return unsubscribe;
    signal?.addEventListener('abort', unsubscribe);
    begin()
      .catch((error) => controller.signal.aborted || reported(onError)(error))
      .finally(() => signal?.removeEventListener('abort', unsubscribe));
    return unsubscribe;
  }

  return {
    // The overload that fits depends on `poll`, which only the call knows.
    clientSecretRequest: (params: ClientSecretRequestParams | FormSource) =>
      submit(endpoint, listening, params) as Promise<Submitted>,
    clientSecretRequestHistory: createHistory(endpoint, listening),
    listen: (id, listener) => subscribe(listener, (...rest) => listening.hear(id, ...rest)),
    watchHistory: (filter, listener) => subscribe(listener, (...rest) => watch(connection, filter, ...rest)),
    async request(id) {
      requireText('id', id);
      const operation = { query: FIND, variables: { id } };
      const { request } = await retried(() => endpoint.ask<{ request: RequestState | null }>(operation));
      return request && toItem(request);
    },
    async cancel(id) {
      requireText('id', id);
      const operation = { query: CANCEL, variables: { id } };
      const { canceled } = await retried(() => endpoint.ask<{ canceled: { request: RequestState } }>(operation));
      return toItem(canceled.request);
    },
  };
}

/** An address is relative to the page, as everywhere; without any it is that of the script's server. */
function endpointUrl(url: string | undefined): string {
  // Not in the constructor call: bundlers take that for the address of a file to bundle.
  const script = import.meta.url;
  try {
    const endpoint = url === undefined ? new URL('/graphql', script) : new URL(url, globalThis.location?.href);
    if (/^https?:$/.test(endpoint.protocol)) return endpoint.href;
  } catch {
    // Said below.
  }
  throw invalidParameter('url', 'createClient needs the url of the GraphQL endpoint, of http or https');
}

/** Browsers have one, and Node from 22 on. */
function requireWebSocket({ WebSocket = globalThis.WebSocket }: ClientOptions): typeof globalThis.WebSocket {
  if (!WebSocket) throw invalidParameter('WebSocket', 'createClient needs a WebSocket');
  return WebSocket;
}

/** What a page's own function throws is the page's, and ends no listening. */
function reported<T>(callback: ((value: T) => void) | undefined): (value: T) => void {
  return (value) => {
    try {
      callback?.(value);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  };
}
