import { retried } from './backoff.ts';
import { findStates } from './crowd.ts';
import { invalidParameter } from './errors.ts';
import { type Connection, follow } from './follow.ts';
import {
  type HttpMethod,
  type ItemStatus,
  type RequestItem,
  type RequestState,
  STATE_FIELDS,
  toItem,
} from './request-item.ts';
import { checkMethod, checkNames, checkText } from './request-params.ts';

const HISTORY_UPDATED = `subscription ($filter: ClientSecretRequestFilter) { request: clientSecretRequestHistoryUpdated(filter: $filter) { ${STATE_FIELDS} } }`;
const NEWEST = `query ($filter: ClientSecretRequestFilter) { history: clientSecretRequestHistory(filter: $filter, first: 100) { nodes { id status updatedAt } } }`;
/** So many requests are remembered, to tell what changed while the stream was away. */
const REMEMBERED = 1_000;

/** Which of the caller's requests; what is left out does not narrow them. */
export interface HistoryFilter {
  url?: string;
  method?: HttpMethod | Lowercase<HttpMethod>;
  queue?: string;
  status?: ItemStatus;
  clientSecretName?: string;
}

const TEXTS: (keyof HistoryFilter)[] = ['url', 'queue', 'clientSecretName'];

type Glance = Pick<RequestState, 'id' | 'status' | 'updatedAt'>;

/**
 * Tells each request that matches whenever one is submitted or changes, until `signal` is aborted. What happened while the stream was away is told
 * when it is back: of the newest hundred, and of all that were pending. Rejects with `INVALID_PARAMETER` for a filter that is none.
 */
export async function watch(
  connection: Connection,
  given: HistoryFilter,
  interval: number,
  onUpdate: (item: RequestItem) => void,
  signal: AbortSignal,
): Promise<void> {
  checkFilter(given);
  const filter = { ...given, method: given.method?.toUpperCase(), status: given.status?.toUpperCase() };
  const known = new Map<string, Glance>();
  let hasBegun = false;

  function remember(glance: Glance): void {
    known.delete(glance.id);
    known.set(glance.id, glance);
    const [oldest] = known.keys();
    if (known.size > REMEMBERED && oldest) known.delete(oldest);
  }

  function receive(state: RequestState): void {
    if (signal.aborted || known.get(state.id)?.updatedAt === state.updatedAt) return;
    remember({ id: state.id, status: state.status, updatedAt: state.updatedAt });
    if (!filter.status || filter.status === state.status) onUpdate(toItem(state));
  }

  async function catchUp(): Promise<void> {
    const { history } = await connection.endpoint.ask<{ history: { nodes: Glance[] } }>({
      query: NEWEST,
      variables: { filter },
    });
    const newest = history.nodes.reverse();
    if (!hasBegun) {
      hasBegun = true;
      for (const glance of newest) if (!known.has(glance.id)) remember(glance);
      return;
    }
    const changed = newest.filter(({ id, updatedAt }) => known.get(id)?.updatedAt !== updatedAt);
    const pending = [...known.values()].filter((glance) => glance.status === 'PENDING');
    const ids = new Set([...pending, ...changed].map(({ id }) => id));
    for (const state of await findStates(connection.endpoint, [...ids])) receive(state);
  }

  const feed = {
    operation: { query: HISTORY_UPDATED, variables: { filter } },
    speaksFirst: false,
    interval: () => interval,
    opened: () => void retried(catchUp).catch(() => undefined),
    receive,
    ask: catchUp,
  };
  return follow(connection, feed, signal);
}

function checkFilter(filter: HistoryFilter): void {
  if (typeof filter !== 'object' || filter === null)
    throw invalidParameter('filter', 'filter is an object; {} narrows nothing');
  const { method, status, ...texts } = filter;
  checkNames(texts, TEXTS, 'filter.');
  for (const [name, text] of Object.entries(texts)) checkText(`filter.${name}`, text);
  checkMethod(method ?? 'GET', 'filter.method');
  if (!/^(pending|resolved|failed)$/i.test(status ?? 'pending'))
    throw invalidParameter('filter.status', 'filter.status is pending, resolved or failed');
}
