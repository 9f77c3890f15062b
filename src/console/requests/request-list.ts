import { type Signal, signal } from '@preact/signals';
import type { Endpoint } from '../api/endpoint.ts';
import { follow, type Liveness } from '../api/follow.ts';
import { fetchRequests, fetchRequestsById, REQUEST_CHANGED, type RequestFilter } from '../api/requests.ts';
import type { RequestRow } from '../api/types.ts';
import { isNewer, matches, placed, refreshed } from './rows.ts';

/** As many as the API looks up at once. */
const CHUNK = 100;

/** A request that changed, or null where any may have: the stream had been away. */
export type Hear = (row: RequestRow | null) => void;

/** The requests that match a filter, newest first, as far down as somebody scrolled; live. */
export interface RequestList {
  rows: Signal<readonly RequestRow[]>;
  /** Null until it was read. */
  hasMore: Signal<boolean | null>;
  error: Signal<unknown>;
  /** Why older ones could not be read; null while they are. */
  moreError: Signal<unknown>;
  liveness: Signal<Liveness>;
  more(): Promise<void>;
  drop(id: string): void;
  /** Whatever changes, whether it matches or not. The result ends it. */
  listen(hear: Hear): () => void;
  /** The result ends it. */
  start(): () => void;
}

export function createRequestList(endpoint: Endpoint, filter: RequestFilter): RequestList {
  const rows = signal<readonly RequestRow[]>([]);
  const hasMore = signal<boolean | null>(null);
  const error = signal<unknown>(null);
  const moreError = signal<unknown>(null);
  const liveness = signal<Liveness>('connecting');
  const listeners = new Set<Hear>();
  const dropped = new Set<string>();
  /** What was heard while the list was being read: newer than what comes of it. */
  let heard: RequestRow[] = [];
  let cursor: string | null = null;
  let reading: Promise<void> | null = null;
  let isGrowing = false;

  function put(row: RequestRow): void {
    if (dropped.has(row.id)) return;
    const known = rows.peek().find(({ id }) => id === row.id);
    if (known && isNewer(known, row)) return;
    rows.value = placed(rows.peek(), row, matches(filter, row), hasMore.peek() !== false);
  }

  function receive({ request }: { request: RequestRow }): void {
    if (reading) heard.push(request);
    put(request);
    for (const hear of listeners) hear(request);
  }

  async function readOnce(): Promise<void> {
    heard = [];
    try {
      const page = await fetchRequests(endpoint, filter, null);
      const fresh = refreshed(rows.peek(), page);
      rows.value = fresh.rows.filter(({ id }) => !dropped.has(id));
      if (!fresh.isContinued) {
        cursor = page.pageInfo.endCursor;
        hasMore.value = page.pageInfo.hasNextPage;
      }
      for (const row of heard) put(row);
      await lookAfter(fresh.unsure);
      error.value = null;
      for (const hear of listeners) hear(null);
    } catch (thrown) {
      error.value = thrown;
    }
  }

  /** Pending ones further down may have settled, or be gone. */
  async function lookAfter(ids: string[]): Promise<void> {
    for (let start = 0; start < ids.length; start += CHUNK) {
      const chunk = ids.slice(start, start + CHUNK);
      const found = await fetchRequestsById(endpoint, chunk);
      const foundIds = new Set(found.map(({ id }) => id));
      rows.value = rows.peek().filter(({ id }) => !chunk.includes(id) || foundIds.has(id));
      for (const row of found) put(row);
    }
  }

  /** One reading after the other: each begins later than what asked for it. */
  function read(): Promise<void> {
    const mine = (reading ?? Promise.resolve()).then(readOnce);
    reading = mine;
    return mine.finally(() => {
      if (reading === mine) reading = null;
    });
  }

  async function more(): Promise<void> {
    if (isGrowing || !hasMore.peek()) return;
    isGrowing = true;
    moreError.value = null;
    try {
      while (!(await grow(cursor)));
    } catch (thrown) {
      moreError.value = thrown;
    } finally {
      isGrowing = false;
    }
  }

  /** False where the list was read anew meanwhile, and may begin elsewhere. */
  async function grow(from: string | null): Promise<boolean> {
    const { nodes, pageInfo } = await fetchRequests(endpoint, filter, from);
    if (cursor !== from) return false;
    const known = new Set(rows.peek().map(({ id }) => id));
    rows.value = [...rows.peek(), ...nodes.filter(({ id }) => !known.has(id) && !dropped.has(id))];
    cursor = pageInfo.endCursor;
    hasMore.value = pageInfo.hasNextPage;
    return true;
  }

  return {
    rows,
    hasMore,
    error,
    moreError,
    liveness,
    more,
    drop(id) {
      dropped.add(id);
      rows.value = rows.peek().filter((row) => row.id !== id);
    },
    listen(hear) {
      listeners.add(hear);
      return () => listeners.delete(hear);
    },
    start() {
      const controller = new AbortController();
      void follow(endpoint, { subscription: REQUEST_CHANGED, receive, read }, liveness, controller.signal);
      return () => controller.abort();
    },
  };
}
