// pure
import type { Bus } from '../events/bus.ts';
import type { RequestError, RequestRecord, Trail } from '../requests/request.ts';
import type { UsableSecret } from '../secrets/client-secret.ts';
import type { TimerWheel } from '../timer-wheel.ts';
import type { Abort } from './abort.ts';
import { createInFlight } from './in-flight.ts';
import type { Lease } from './lease.ts';
import type { ExecutionObserver } from './observer.ts';
import { type Claim, createQueueSerializer, type QueueOwnership } from './queue-serializer.ts';
import type { ClaimRow } from './settlement.store.ts';
import { createSettler } from './settler.ts';
import type { Slots } from './slots.ts';
import type { UntilStored } from './stored.ts';
import { createWaitingRoom } from './waiting-room.ts';
import { type AdmissionExtras, admissionRow, failed, type SendResult, settlementRow, type Work } from './work.ts';
import type { Writes } from './writes.ts';

export interface DispatcherOptions {
  writes: Writes;
  slots: Slots;
  lease: Lease;
  bus: Bus;
  wheel: TimerWheel;
  observer: ExecutionObserver;
  untilStored: UntilStored;
  send(work: Work, abort: Abort): Promise<SendResult>;
  /** A request as it stands in the database; null where it is gone. */
  load(applicationId: string, id: string): Promise<RequestRecord | null>;
  /** The client secret as it is at `revision`, or newer; null where it is gone. */
  loadSecret(applicationId: string, id: string, revision: number): Promise<UsableSecret | null>;
  /** Removes a request whose admission was reported as failed and may have been stored all the same. */
  abandon(applicationId: string, id: string): Promise<void>;
}

/** Admits, sends and settles: whatever is acknowledged here ends in the database, whoever then listens. */
export interface Dispatcher {
  /** Stores it, and sends it or lets it wait its turn. Null: nothing was stored; the cached copies are stale or the idempotency key is known. */
  admit(record: RequestRecord, extras: AdmissionExtras): Promise<RequestRecord | null>;
  /** Ends it as CANCELED unless it is settled. */
  cancel(record: RequestRecord): Promise<void>;
  /** Ends it as EXPIRED if it waits. */
  expire(applicationId: string, id: string): Promise<void>;
  /** Sends a request without a queue that is this instance's, once there is a place for it. */
  resume(record: RequestRecord): void;
  /** Runs a queue that is this instance's, if it does not run yet. */
  runQueue(owned: QueueOwnership): void;
  isSending(id: string): boolean;
  /** Stops one that was settled by another instance. */
  stop(id: string): void;
  /** Stops what is being sent in order: others may take over. */
  fence(): void;
  /** Starts nothing more; resolves when the ends of what is being sent are stored. */
  drain(): Promise<void>;
  readonly sending: number;
  readonly waiting: number;
}

const CANCELED_UNSENT: RequestError = { code: 'CANCELED', message: 'Cancelled before it was sent' };
const CANCELED_SENT: RequestError = {
  code: 'CANCELED',
  message: 'Cancelled while it was being sent: the third party may have received it',
};
const FENCED: RequestError = {
  code: 'OUTCOME_UNKNOWN',
  message: 'The server lost its database while this was being sent: the third party may have received it',
};
/** How long a cancelled request is remembered that is about to be sent here. */
const CANCELED_MS = 60_000;

export function createDispatcher(options: DispatcherOptions): Dispatcher {
  const { writes, slots, lease, bus, wheel, observer, untilStored } = options;
  const inFlight = createInFlight();
  const settler = createSettler(options);
  const waitingRoom = createWaitingRoom(wheel, ({ applicationId, id, trail }) => void expire(applicationId, id, trail));
  const runningQueues = new Set<string>();
  /** Not to be sent any more, though a start of it may be on its way from the database. */
  const ended = new Set<string>();
  let draining = false;

  const pause = () => new Promise<void>((resolve) => wheel.schedule(50, resolve));

  /** Waits for the lease where it is lost; false once the instance drains. */
  async function ready(): Promise<boolean> {
    while (!draining && !lease.held()) await pause();
    return !draining;
  }

  const serializer = createQueueSerializer<Work, SendResult>({
    send: (work) => send(work),
    settle: settleInQueue,
    claim: claimNext,
    takeSlot: () => new Promise((resolve) => slots.take(resolve)),
    giveSlotBack: () => slots.giveBack(),
    contended: () => slots.contended,
    mayStart: () => !draining && lease.held(),
    ready,
    pause,
  });

  async function admit(draft: RequestRecord, extras: AdmissionExtras): Promise<RequestRecord | null> {
    const endStep = observer.begin('admit', draft);
    const holdsSlot = slots.tryTake();
    let starts = false;
    try {
      const row = admissionRow(draft, extras, holdsSlot);
      if (draft.queueKey === null) {
        if (!(await writes.admitParallel(row))) return null;
        starts = holdsSlot;
        const record = acknowledge(draft, extras.usable, starts);
        if (starts) void sendAlone({ record, usable: extras.usable });
        else resume(record);
        return record;
      }
      const admitted = await writes.admitQueued(row);
      if (admitted === undefined) return null;
      starts = admitted.started;
      const record = acknowledge(draft, extras.usable, starts);
      if (!starts) waitingRoom.enter(record);
      const owned = { applicationId: draft.applicationId, queueKey: draft.queueKey, epoch: admitted.epoch };
      if (admitted.owner_id === lease.instanceId) {
        runQueue(owned, starts ? { record, usable: extras.usable } : undefined);
      }
      return record;
    } catch (error) {
      abandon(draft);
      throw error;
    } finally {
      endStep();
      if (holdsSlot && !starts) slots.giveBack();
    }
  }

  function acknowledge(draft: RequestRecord, usable: UsableSecret, starts: boolean): RequestRecord {
    const record = starts
      ? { ...draft, startedAt: draft.createdAt, clientSecretVersion: usable.secret.version }
      : draft;
    observer.submitted(record);
    bus.publish(record);
    return record;
  }

  /** The caller was told that it failed: if it was stored all the same, it goes. */
  function abandon({ applicationId, id }: RequestRecord): void {
    ended.add(id);
    untilStored(() => options.abandon(applicationId, id))
      .catch((error) => observer.trouble('a failed admission could not be undone', error))
      .finally(() => ended.delete(id));
  }

  function resume(record: RequestRecord): void {
    waitingRoom.enter(record);
    slots.take(() => {
      startAlone(record).catch((error) => observer.trouble('a waiting request could not be started', error));
    });
  }

  async function startAlone({ applicationId, id }: RequestRecord): Promise<void> {
    let work: Work | undefined;
    try {
      const started = (await ready()) ? await untilStored(() => writes.start({ applicationId, id })) : undefined;
      if (started !== undefined) work = await toWork(applicationId, id, started.started_at, started.revision);
    } finally {
      if (work === undefined) slots.giveBack();
    }
    if (work !== undefined) await sendAlone(work);
  }

  async function sendAlone(work: Work): Promise<void> {
    try {
      const result = await send(work);
      await settler.store(work.record, result, (settled) => writes.settle(settlementRow(settled, 'mine', null)));
    } catch (error) {
      observer.trouble('a request could not be settled', error);
    } finally {
      inFlight.leave(work.record.id);
      slots.giveBack();
    }
  }

  function runQueue(owned: QueueOwnership, first?: Work): void {
    const key = `${owned.applicationId} ${owned.queueKey} ${owned.epoch}`;
    if (runningQueues.has(key)) return;
    runningQueues.add(key);
    serializer
      .run(owned, first)
      .catch((error) => observer.trouble('a queue stopped', error))
      .finally(() => runningQueues.delete(key));
  }

  async function settleInQueue(owned: QueueOwnership, { record }: Work, result: SendResult, proceeds: boolean) {
    const queue = { epoch: owned.epoch, proceeds };
    try {
      const row = await settler.store(record, result, (settled) =>
        writes.settleQueued(settlementRow(settled, 'mine', queue)),
      );
      if (row === undefined) return { kind: 'again' } as const;
      const claim = await toClaim(record.applicationId, row);
      return claim.kind === 'again' && !proceeds ? ({ kind: 'held' } as const) : claim;
    } finally {
      inFlight.leave(record.id);
    }
  }

  async function claimNext(owned: QueueOwnership): Promise<Claim<Work>> {
    const row = await untilStored(() => writes.claim(owned));
    return row === undefined ? { kind: 'lost' } : toClaim(owned.applicationId, row);
  }

  async function toClaim(applicationId: string, row: ClaimRow): Promise<Claim<Work>> {
    if (!row.held) return { kind: 'lost' };
    if (row.released) return { kind: 'released' };
    if (row.next_id === null || row.next_started_at === null) return { kind: 'again' };
    const work = await toWork(applicationId, row.next_id, row.next_started_at, row.next_revision);
    return work === undefined ? { kind: 'again' } : { kind: 'next', item: work };
  }

  /** Undefined where it was ended meanwhile. */
  async function toWork(applicationId: string, id: string, startedAt: Date, revision: number | null) {
    const known = waitingRoom.leave(id) ?? (await untilStored(() => options.load(applicationId, id)));
    if (known === null || known.status !== 'PENDING' || ended.has(id)) return undefined;
    const { clientSecretId } = known;
    const usable =
      revision === null ? null : await untilStored(() => options.loadSecret(applicationId, clientSecretId, revision));
    const clientSecretVersion = usable?.secret.version ?? null;
    const record: RequestRecord = { ...known, startedAt, updatedAt: startedAt, clientSecretVersion };
    bus.publish(record);
    return { record, usable };
  }

  async function send(work: Work): Promise<SendResult> {
    const abort = inFlight.enter(work.record);
    if (ended.has(work.record.id)) return failed(CANCELED_UNSENT);
    return options.send(work, abort);
  }

  async function expire(applicationId: string, id: string, trail?: Trail): Promise<void> {
    try {
      const record = await untilStored(() => options.load(applicationId, id));
      if (record?.status !== 'PENDING') return;
      await settler.end({ ...record, trail }, { code: 'EXPIRED', message: 'It expired before it was sent' }, 'waiting');
    } catch (error) {
      observer.trouble('a request could not expire', error);
    }
  }

  async function cancel(record: RequestRecord): Promise<void> {
    const { applicationId, id } = record;
    if (await inFlight.stop(id, CANCELED_SENT)) return;
    if (await settler.end(record, CANCELED_UNSENT, 'waiting')) {
      waitingRoom.leave(id);
      return;
    }
    const newest = await untilStored(() => options.load(applicationId, id));
    if (newest?.status !== 'PENDING') return;
    // Another instance sends it, or it is just being started here.
    ended.add(id);
    wheel.schedule(CANCELED_MS, () => ended.delete(id));
    if (await inFlight.stop(id, CANCELED_SENT)) return;
    await settler.end(newest, CANCELED_SENT, 'any');
  }

  return {
    admit,
    cancel,
    expire: (applicationId, id) => expire(applicationId, id),
    resume,
    runQueue: (owned) => runQueue(owned),
    isSending: (id) => inFlight.has(id),
    stop: (id) => void inFlight.stop(id, CANCELED_SENT),
    fence: () => inFlight.stopQueued(FENCED),
    drain() {
      draining = true;
      return inFlight.empty();
    },
    get sending() {
      return inFlight.size;
    },
    get waiting() {
      return waitingRoom.size;
    },
  };
}
