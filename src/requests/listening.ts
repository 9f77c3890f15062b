import type { Kysely } from 'kysely';
import type { TenantCaller } from '../applications/caller.ts';
import type { Database } from '../database/schema.ts';
import { createBacklog } from '../events/backlog.ts';
import type { Bus } from '../events/bus.ts';
import { createListener } from '../events/listener.ts';
import { createRegistry } from '../registry.ts';
import type { Cancel, TimerWheel } from '../timer-wheel.ts';
import { type History, historyOwner } from './history.ts';
import type { Queue, RequestFilter, RequestKey, RequestRecord } from './request.ts';
import { matcherOf } from './request-filter.ts';
import { requestBytes } from './request-size.ts';
import { findRequests } from './requests.store.ts';

export interface ListeningOptions {
  db: Kysely<Database>;
  bus: Bus;
  history: History;
  wheel: TimerWheel;
  maxPending: number;
}

export interface Listening {
  /** The request once it is settled, or as it stands after `waitMs`. `wasRead`: it is not new, and may have ended since it was read. */
  ended(record: RequestRecord, waitMs: number, wasRead: boolean): Promise<RequestRecord>;
  /** Whoever waits for an end gets the state as it stands: the end is made elsewhere, later. */
  release(): void;
  updates(record: RequestRecord): Promise<AsyncIterableIterator<RequestRecord>>;
  historyUpdates(caller: TenantCaller, filter: RequestFilter): Promise<AsyncIterableIterator<RequestRecord>>;
  queueUpdates(caller: TenantCaller): Promise<AsyncIterableIterator<Queue>>;
}

/** A hint from another instance may be lost: a waiting mutation looks by itself this often. */
const LOOK_AGAIN_MS = 2_000;
/** Of all that listeners have not read yet: a response alone may have 10 MiB. */
const BACKLOG_BYTES = 64 * 1024 * 1024;

export function createListening({ db, bus, history, wheel, maxPending }: ListeningOptions): Listening {
  const waiting = createRegistry<object, () => void>();
  const keep = createBacklog(BACKLOG_BYTES);

  async function read({ applicationId, id }: RequestKey): Promise<RequestRecord | null> {
    return (await findRequests(db, [{ applicationId, id }]))[0] ?? null;
  }

  function listenerOfRequests(onClose: () => void) {
    return createListener<RequestRecord>({
      maxPending,
      onClose,
      keep(record) {
        const { applicationId, id } = record;
        return keep(record, requestBytes(record), () => read({ applicationId, id }));
      },
    });
  }

  async function ended(record: RequestRecord, waitMs: number, wasRead: boolean): Promise<RequestRecord> {
    if (record.status !== 'PENDING') return record;
    let newest = record;
    const cancels: Cancel[] = [];
    const waiter = {};
    await new Promise<void>((resolve) => {
      waiting.set(waiter, resolve);
      function hear(heard: RequestRecord | null): void {
        // A look that was slow may bring an older state.
        if (newest.status === 'PENDING') newest = heard ?? deleted(newest);
        if (newest.status !== 'PENDING') resolve();
      }
      function look(): void {
        // A look that fails is repeated.
        read(record).then(hear, () => {});
      }
      function lookAgain(): void {
        look();
        cancels[1] = wheel.schedule(LOOK_AGAIN_MS, lookAgain);
      }
      cancels.push(wheel.schedule(waitMs, resolve), wheel.schedule(LOOK_AGAIN_MS, lookAgain));
      cancels.push(bus.watchRequest(record.applicationId, record.id, hear));
      if (wasRead) look();
    });
    waiting.delete(waiter);
    for (const cancel of cancels) cancel();
    return newest;
  }

  return {
    ended,
    release() {
      for (const stopWaiting of waiting.values()) stopWaiting();
    },
    async updates(record) {
      let unwatch = () => {};
      const listener = listenerOfRequests(() => unwatch());
      function hear(heard: RequestRecord | null): void {
        const state = heard ?? deleted(record);
        listener.push(state);
        if (state.status !== 'PENDING') listener.end();
      }
      // Attached before it is read: what changes in between is heard.
      unwatch = bus.watchRequest(record.applicationId, record.id, hear);
      try {
        hear(await read(record));
      } catch (error) {
        // Nobody got it, and nobody will close it.
        unwatch();
        throw error;
      }
      return listener;
    },
    async historyUpdates(caller, filter) {
      const owner = historyOwner(caller);
      const matches = matcherOf(filter);
      let unwatch = () => {};
      const listener = listenerOfRequests(() => unwatch());
      unwatch = bus.watchApplication(caller.application.id, owner, (record) => {
        if (matches(record)) listener.push(record);
      });
      return listener;
    },
    async queueUpdates(caller) {
      const owner = historyOwner(caller);
      let unwatch = () => {};
      const listener = createListener<Queue>({
        maxPending,
        onClose: () => unwatch(),
        keep(queue) {
          const { id, sending } = queue;
          return keep(queue, sending === null ? 0 : requestBytes(sending), () => history.queue(caller, id));
        },
      });
      const readings = new Map<string, Promise<void>>();
      async function readQueue(record: RequestRecord & { queueKey: string; queue: string }): Promise<void> {
        const { queueKey: id, applicationId, url, method, queue } = record;
        const empty: Queue = {
          id,
          applicationId,
          url,
          method,
          queue,
          waitingCount: 0,
          oldestWaitingAt: null,
          sending: null,
        };
        listener.push((await history.queue(caller, id)) ?? empty);
      }
      unwatch = bus.watchApplication(caller.application.id, owner, (record) => {
        const { queueKey, queue } = record;
        if (queueKey === null || queue === null) return;
        // One reading at a time for each queue, one more after it: what it reads is never older than the change.
        const before = readings.get(queueKey) ?? Promise.resolve();
        const reading = before.then(() => readQueue({ ...record, queueKey, queue })).catch(() => {});
        readings.set(queueKey, reading);
        void reading.then(() => readings.get(queueKey) === reading && readings.delete(queueKey));
      });
      return listener;
    },
  };
}

/** A pending one is cancelled before it is deleted: that is how it ended, though nothing of it is left to read. */
function deleted(record: RequestRecord): RequestRecord {
  if (record.status !== 'PENDING') return record;
  const error = { code: 'CANCELED' as const, message: 'Cancelled and deleted' };
  return { ...record, status: 'FAILED', error, updatedAt: new Date() };
}
