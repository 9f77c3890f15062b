import type { Kysely, Transaction } from 'kysely';
import type { Database } from '../database/schema.ts';
import type { Bus } from '../events/bus.ts';
import type { RequestKey, RequestRecord } from '../requests/request.ts';
import type { Dispatcher } from './dispatcher.ts';
import { type Lease, renewalMs } from './lease.ts';
import type { ExecutionObserver } from './observer.ts';
import {
  endUnknown,
  type InterruptedRequest,
  interruptedInQueues,
  interruptedParallel,
  notifyChanged,
  type OwnRequest,
  overdueRequests,
  ownQueues,
  ownRequests,
  type QueueRow,
  reapInstances,
  reopen,
  takeQueues,
} from './recovery.store.ts';
import { isSafeToRepeat } from './repeatable.ts';

export interface RecoveryOptions {
  db: Kysely<Database>;
  lease: Lease;
  /** Null where there can be no other instance: what others left is taken over at once. */
  leaseMs: number | null;
  dispatcher: Dispatcher;
  bus: Bus;
  observer: ExecutionObserver;
  load(keys: readonly RequestKey[]): Promise<RequestRecord[]>;
}

/** Looks after what instances leave behind that die. */
export interface Recovery {
  start(): void;
  /** One round, now. */
  sweep(): Promise<void>;
  stop(): Promise<void>;
}

const BATCH = 500;
/** Each may have a body of a megabyte. */
const LOADED_AT_ONCE = 20;
const UNKNOWN_MESSAGE = 'The server stopped after this may have been sent, and it is not safe to send twice';

export function createRecovery(options: RecoveryOptions): Recovery {
  const { db, lease, leaseMs, dispatcher, bus, observer, load } = options;
  const roundMs = renewalMs(leaseMs);
  const nextQueues = inParts<QueueRow>((after) => ownQueues(db, lease.instanceId, after, BATCH));
  const nextRequests = inParts<OwnRequest>((after) => ownRequests(db, lease.instanceId, after, BATCH));
  let timer: NodeJS.Timeout | undefined;
  let round: Promise<void> | undefined;
  let stopped = false;

  async function sweepOnce(): Promise<void> {
    if (!lease.held()) return;
    try {
      // After an outage of the database all heartbeats are old: everybody gets the time to renew before anybody is taken for dead.
      if (leaseMs === null || lease.heldFor() >= leaseMs) await reapInstances(db, lease.instanceId, leaseMs);
      while (await takeOver()) if (stopped) return;
      // What is this instance's and does not run, because an answer of the database was lost.
      for (const queue of await nextQueues()) run(queue);
      for (const request of await nextRequests()) if (!dispatcher.sees(request.id)) resume(request);
      for (const { application_id, id } of await overdueRequests(db, new Date(Date.now() - roundMs * 2), BATCH)) {
        await dispatcher.expire(application_id, id);
      }
    } catch (error) {
      observer.trouble('taking over failed', error);
    }
  }

  /** One transaction; true where there may be more. */
  async function takeOver(): Promise<boolean> {
    const { instanceId } = lease;
    const taken = await db.transaction().execute(async (trx) => takeSome(trx, instanceId));
    const { queues, repeated, unknown } = taken;
    if (queues.length + repeated.length + unknown.length > 0) {
      observer.tookOver(repeated.length + unknown.length, queues.length);
    }
    for (const queue of queues) run(queue);
    for (const request of repeated) if (request.queue_key === null) resume(request);
    for (let at = 0; at < unknown.length; at += LOADED_AT_ONCE) await tell(unknown.slice(at, at + LOADED_AT_ONCE));
    return queues.length === BATCH || repeated.length + unknown.length >= BATCH;
  }

  /** Who listens here hears how they ended. What is not told, because the database goes away, is read again as all else is. */
  async function tell(requests: InterruptedRequest[]): Promise<void> {
    for (const record of await load(requests.map(({ application_id: applicationId, id }) => ({ applicationId, id })))) {
      observer.settled(record, null);
      bus.publish(record);
    }
  }

  function resume({ application_id: applicationId, id, expires_at: expiresAt }: OwnRequest): void {
    dispatcher.resume({ applicationId, id, expiresAt });
  }

  function run({ application_id: applicationId, queue_key: queueKey, epoch }: QueueRow): void {
    dispatcher.runQueue({ applicationId, queueKey, epoch });
  }

  async function takeSome(trx: Transaction<Database>, instanceId: string) {
    const queues = await takeQueues(trx, instanceId, BATCH);
    const interrupted = [...(await interruptedInQueues(trx, queues)), ...(await interruptedParallel(trx, BATCH))];
    const repeated = interrupted.filter((request) => !request.started || isSafeToRepeat(request));
    const unknown = interrupted.filter((request) => !repeated.includes(request));
    await reopen(trx, instanceId, repeated);
    await endUnknown(trx, unknown, UNKNOWN_MESSAGE);
    await notifyChanged(trx, instanceId, unknown);
    return { queues, repeated, unknown };
  }

  function sweep(): Promise<void> {
    round ??= sweepOnce().finally(() => {
      round = undefined;
    });
    return round;
  }

  return {
    sweep,
    start() {
      timer = setInterval(() => void sweep(), roundMs).unref();
    },
    async stop() {
      stopped = true;
      clearInterval(timer);
      await round;
    },
  };
}

/** A part of them in each round, however many there are, and from the start again after the last. */
function inParts<Row>(read: (after: Row | null) => Promise<Row[]>): () => Promise<Row[]> {
  let last: Row | null = null;
  return async () => {
    const rows = await read(last);
    last = rows.length < BATCH ? null : (rows.at(-1) ?? null);
    return rows;
  };
}
