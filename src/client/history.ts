import { retried } from './backoff.ts';
import type { Endpoint } from './endpoint.ts';
import { invalidParameter } from './errors.ts';
import type { Listening } from './listening.ts';
import { type HttpMethod, type RequestItem, type RequestState, STATE_FIELDS, toItem } from './request-item.ts';
import { checkMethod, checkPoll, checkText, requireText } from './request-params.ts';

const HISTORY = `query ($filter: ClientSecretRequestFilter, $direction: SortDirection, $first: Int, $after: String) {
  history: clientSecretRequestHistory(filter: $filter, direction: $direction, first: $first, after: $after) {
    nodes { ${STATE_FIELDS} } pageInfo { hasNextPage endCursor } } }`;
/** The API's pages hold no more. */
const PAGE = 100;
const DEFAULT_LIMIT = 50;

export interface HistoryParams {
  url: string;
  method: HttpMethod | Lowercase<HttpMethod>;
  queue?: string;
  /** Above 0: `pending` holds promises. The number is the milliseconds between questions where streams are blocked. */
  poll?: number;
}

export interface FetchOptions {
  /** How many items, 1 to 1000; 50 unless told. */
  limit?: number;
  /** Oldest first; newest first unless told. */
  ascending?: boolean;
  /** Go on after this place, the `startKey` of an earlier answer. */
  startKey?: string | null;
  /** Go on where the last call with the same parameters and the same order stopped. */
  fetchMore?: boolean;
}

export interface History {
  list: RequestItem[];
  /** The place after the last item; null where nothing came yet. */
  startKey: string | null;
  endOfList: boolean;
  /** With `poll`: for each pending item of `list`, in its order, a promise of the item as it is once settled. */
  pending: Promise<RequestItem>[];
}

interface Page {
  history: { nodes: RequestState[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } };
}

interface Place {
  startKey: string | null;
  endOfList: boolean;
}

export type FetchHistory = (params: HistoryParams, options?: FetchOptions) => Promise<History>;

export function createHistory(endpoint: Endpoint, listening: Listening): FetchHistory {
  /** Where each call stopped, for `fetchMore`. */
  const places = new Map<string, Place>();

  return async (params, options = {}) => {
    const { poll, limit } = check(params, options);
    const filter = { url: params.url, method: params.method.toUpperCase(), queue: params.queue };
    const direction = options.ascending ? 'ASC' : 'DESC';
    const call = JSON.stringify([filter, direction]);
    // A copy: a call that fails midway gives none of its items, and the next one begins where it began.
    const place: Place = { startKey: options.startKey ?? null, endOfList: false };
    if (options.fetchMore) Object.assign(place, places.get(call));
    const states: RequestState[] = [];
    while (states.length < limit && !place.endOfList) {
      const first = Math.min(PAGE, limit - states.length);
      const variables = { filter, direction, first, after: place.startKey };
      const { history } = await retried(() => endpoint.ask<Page>({ query: HISTORY, variables }));
      states.push(...history.nodes);
      place.startKey = history.pageInfo.endCursor ?? place.startKey;
      place.endOfList = !history.pageInfo.hasNextPage;
    }
    places.set(call, place);
    const list = states.map(toItem);
    return { list, ...place, pending: poll ? pendingOf(list, poll) : [] };
  };

  function pendingOf(list: RequestItem[], poll: number): Promise<RequestItem>[] {
    const pending = list.filter(({ status }) => status === 'pending').map(({ id }) => listening.settled(id, poll));
    // Nobody has to look at them: an error is one of who does.
    for (const promise of pending) promise.catch(() => undefined);
    return pending;
  }
}

function check(params: HistoryParams, { limit = DEFAULT_LIMIT, startKey }: FetchOptions) {
  requireText('url', params?.url);
  checkMethod(params.method);
  checkText('queue', params.queue);
  checkPoll(params.poll);
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000) {
    throw invalidParameter('fetchOptions.limit', 'limit is a whole number from 1 to 1000');
  }
  if (startKey !== undefined && startKey !== null && typeof startKey !== 'string') {
    throw invalidParameter('fetchOptions.startKey', 'startKey is what an earlier call gave');
  }
  return { poll: params.poll, limit };
}
