import type { Kysely, Transaction } from 'kysely';
import type { Database } from '../database/schema.ts';
import type { Bus } from '../events/bus.ts';
import type { RequestRecord } from '../requests/request.ts';
import type { Dispatcher } from './dispatcher.ts';
import { type Lease, renewalMs } from './lease.ts';
import type { ExecutionObserver } from './observer.ts';
import {
  endUnknown,
  type InterruptedRequest,
  interruptedInQueues,
  interruptedParallel,
  notifyChanged,
  overdueRequests,
  ownQueues,
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
  load(keys: readonly { applicationId: string; id: string }[]): Promise<RequestRecord[]>;
}

/** Looks after what instances leave behind that die. */
export interface Recovery {
  start(): void;
  /** One round, now. */
  sweep(): Promise<void>;
  stop(): Promise<void>;
}

const BATCH = 500;
const UNKNOWN_MESSAGE = 'The server stopped after this may have been sent, and it is not safe to send twice';

export function createRecovery(options: RecoveryOptions): Recovery {
  const { db, lease, leaseMs, dispatcher, bus, observer, load } = options;
  const roundMs = renewalMs(leaseMs);
  let timer: NodeJS.Timeout | undefined;
  let round: Promise<void> | undefined;
  let stopped = false;

  async function sweepOnce(): Promise<void> {
    if (!lease.held()) return;
    try {
      // After an outage of the database all heartbeats are old: everybody gets the time to renew before anybody is taken for dead.
      if (leaseMs === null || lease.heldFor() >= leaseMs) await reapInstances(db, lease.instanceId, leaseMs);
      while (await takeOver()) if (stopped) return;
      // What is this instance's and does not run, because the answer to an admission was lost.
      for (const queue of await ownQueues(db, lease.instanceId, BATCH)) run(queue);
      for (const { application_id, id } of await overdueRequests(db, roundMs * 2, BATCH)) {
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
    for (const record of await loadAll(unknown)) {
      observer.settled(record, null);
      bus.publish(record);
    }
    for (const record of await loadAll(repeated.filter((request) => request.queue_key === null))) {
      dispatcher.resume(record);
    }
    for (const queue of queues) run(queue);
    return queues.length === BATCH || repeated.length + unknown.length >= BATCH;
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

  function loadAll(requests: InterruptedRequest[]): Promise<RequestRecord[]> {
    return load(requests.map(({ application_id: applicationId, id }) => ({ applicationId, id })));
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
