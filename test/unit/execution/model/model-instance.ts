import type { AdmissionRow } from '../../../../src/execution/admission.store.ts';
import { createDispatcher } from '../../../../src/execution/dispatcher.ts';
import type { ExecutionObserver } from '../../../../src/execution/observer.ts';
import { createSlots } from '../../../../src/execution/slots.ts';
import { createUntilStored } from '../../../../src/execution/stored.ts';
import { failed, type SendResult, type Work } from '../../../../src/execution/work.ts';
import type { Writes } from '../../../../src/execution/writes.ts';
import type { RequestRecord } from '../../../../src/requests/request.ts';
import type { UsableSecret } from '../../../../src/secrets/client-secret.ts';
import { createManualWheel } from './manual-wheel.ts';
import type { MemoryDatabase } from './memory-database.ts';

/** What happens to a call of the database. A lost answer: it was done, and nobody hears of it. */
export type Fate = 'done' | 'refused' | 'lost';

export interface World {
  database: MemoryDatabase;
  /** Lets the test choose what goes on next; rejects never. */
  turn(label: string): Promise<void>;
  fate(): Fate;
  /** Reaches the third party: resolves with whether it was answered, or null where it was aborted on the way. */
  exchange(work: Work, onAbort: (stop: () => void) => void): Promise<boolean | null>;
}

// Nothing of it is looked at by the parts under test, but its version.
const USABLE = { secret: { id: 's', version: 1, revision: 1 } } as unknown as UsableSecret;

class Away extends Error {}

const OBSERVER: ExecutionObserver = {
  submitted() {},
  settled() {},
  secretEchoed() {},
  begin: () => () => {},
  batch() {},
  tookOver() {},
  trouble(what, error) {
    if (!(error instanceof Away)) throw new Error(what, { cause: error });
  },
};

/** One instance on the database of the world: its own dispatcher, lease, places and time. */
export function createModelInstance(world: World, number: number, places: number) {
  const { database } = world;
  const wheel = createManualWheel();
  const slots = createSlots(places);
  const drafts = new Map<string, RequestRecord>();
  let generation = 0;
  let instanceId = `i${number}.0`;
  let held = true;
  let dead = false;
  database.instances.add(instanceId);

  /** One call of the database. A dead process hears nothing any more. */
  async function call<T>(label: string, run: () => T): Promise<T> {
    await world.turn(`${instanceId} asks ${label}`);
    if (dead) return new Promise(() => {});
    const fate = world.fate();
    const result = fate === 'refused' ? undefined : run();
    await world.turn(`${instanceId} hears ${label}`);
    if (dead) return new Promise(() => {});
    if (fate !== 'done') throw new Away(label);
    return result as T; // it was run
  }

  const draftOf = (row: AdmissionRow) => drafts.get(row.id) as RequestRecord; // put there by `submit`
  const writes: Writes = {
    admitParallel: (row) => call('admit', () => database.admitParallel(row, draftOf(row), instanceId)),
    admitQueued: (row) => call('admit', () => database.admitQueued(row, draftOf(row), instanceId)),
    settle: (row) => call('settle', () => database.settle(row, instanceId)),
    settleQueued: (row) => call('settle', () => database.settleQueued(row, instanceId)),
    claim: (owned) => call('claim', () => database.claim(owned, instanceId)),
    start: ({ id }) => call('start', () => database.start(id, instanceId)),
  };

  const lease = {
    held: () => held,
    get instanceId() {
      return instanceId;
    },
  };
  const dispatcher = createDispatcher({
    writes,
    slots,
    lease,
    bus: { publish() {} },
    wheel,
    observer: OBSERVER,
    untilStored: createUntilStored({
      isTransient: (error) => error instanceof Away,
      onTrouble() {},
      pause: (ms) => new Promise((resolve) => wheel.schedule(ms, resolve)),
    }),
    async send(work, abort): Promise<SendResult> {
      const reason = abort.reason();
      if (reason !== null) return failed(reason);
      const answered = await world.exchange(work, (stop) => abort.onAbort(stop));
      if (dead) return new Promise(() => {});
      if (answered === null) return failed(abort.reason() ?? { code: 'UPSTREAM_TIMEOUT', message: 'stopped' });
      const error = answered ? null : { code: 'UPSTREAM_UNREACHABLE' as const, message: 'no answer' };
      return { settlement: { error, response: null }, version: 1, upstreamMs: 1 };
    },
    load: (_applicationId, id) => call('load', () => database.find(id)),
    loadSecret: async () => USABLE,
    abandon: (_applicationId, id) => call('abandon', () => database.abandon(id, instanceId)),
  });

  return {
    dispatcher,
    slots,
    wheel,
    get alive() {
      return !dead;
    },
    get stalled() {
      return !held;
    },
    /** Resolves with true where it was acknowledged. */
    async submit(draft: RequestRecord): Promise<boolean> {
      if (dead || !held) return false;
      drafts.set(draft.id, draft);
      const extras = { applicationRevision: 1, usable: USABLE, idempotencyKey: null, fingerprint: null };
      return dispatcher.admit(draft, extras).then(
        (record) => record !== null,
        () => false,
      );
    },
    kill(): void {
      dead = true;
      held = false;
      wheel.close();
    },
    /** Its lease runs out, as a lease does: before others may take over. */
    stall(): void {
      if (dead || !held) return;
      held = false;
      dispatcher.fence();
    },
    /** It renews its heartbeat: as itself, or as another where it was taken for dead. */
    revive(): void {
      if (dead || held) return;
      if (!database.instances.has(instanceId)) {
        instanceId = `i${number}.${++generation}`;
        database.instances.add(instanceId);
      }
      held = true;
    },
    /** Others have it taken for dead. */
    reaped(): void {
      database.instances.delete(instanceId);
    },
    /** One round of recovery. */
    sweep(): void {
      if (dead || !held) return;
      const { queues, resumed } = database.takeOver(instanceId);
      for (const record of resumed) dispatcher.resume(record);
      for (const owned of queues) dispatcher.runQueue(owned);
      for (const record of database.own(instanceId)) if (!dispatcher.sees(record.id)) dispatcher.resume(record);
    },
  };
}

export type ModelInstance = ReturnType<typeof createModelInstance>;
