import type { DatabaseHandle } from '../database/handle.ts';
import { createMutex } from '../database/mutex.ts';
import { isTransient } from '../database/unavailable.ts';
import { type Bus, createBus } from '../events/bus.ts';
import { createPostgresEvents, type PostgresEvents } from '../events/postgres-events.ts';
import { createRemoteChanges } from '../events/remote-changes.ts';
import type { RequestKey, RequestRecord } from '../requests/request.ts';
import type { ClientSecretsService } from '../secrets/client-secrets.service.ts';
import { pauseOn, type TimerWheel } from '../timer-wheel.ts';
import { within } from '../within.ts';
import { createDispatcher, type Dispatcher } from './dispatcher.ts';
import { createLease, type Lease } from './lease.ts';
import type { ExecutionObserver } from './observer.ts';
import { abandonRequest, registerInstance, removeInstance, renewInstance } from './recovery.store.ts';
import { createRecovery } from './recovery.ts';
import type { Send } from './sender.ts';
import { createSlots } from './slots.ts';
import { createUntilStored } from './stored.ts';
import { createWrites } from './writes.ts';

/** What the engine reads of requests. */
export interface RequestReader {
  /** Those that are there, in no order. */
  find(keys: readonly RequestKey[]): Promise<RequestRecord[]>;
  /** An application's open requests, and those submitted since a moment. */
  recent(applicationId: string, since: Date): Promise<RequestRecord[]>;
}

export interface EngineOptions {
  database: DatabaseHandle;
  requests: RequestReader;
  secrets: Pick<ClientSecretsService, 'loadUsable'>;
  send: Send;
  wheel: TimerWheel;
  observer: ExecutionObserver;
  leaseMs: number;
  /** Another instance changed an application; null: hints may have been missed, any may have changed. */
  onApplicationChange(applicationId: string | null): void;
  maxConcurrent: number;
}

/** The parts that move requests, put together. */
export interface Engine {
  bus: Bus;
  lease: Lease;
  dispatcher: Dispatcher;
  /** Changes that other instances make are heard: there are none, or the connection for events stands. */
  hearsChanges(): boolean;
  start(): Promise<void>;
  /** Sends nothing more, waits up to `drainMs` for what is being sent, and leaves the rest to other instances or the next start. */
  stop(drainMs: number): Promise<void>;
}

/** Hints may be lost: what is watched is read again this often, in leases. */
const RESYNCHRONISE_LEASES = 1.5;
const LEAVING_MS = 1_000;

export function createEngine(options: EngineOptions): Engine {
  const { database, requests, secrets, wheel, observer } = options;
  const { kysely: db, listenUrl } = database;
  // The embedded database has one process: nobody else can be alive, and nobody can take over.
  const leaseMs = database.kind === 'embedded' ? null : options.leaseMs;
  const bus = createBus();
  const abandoning = createMutex();

  const lease = createLease({
    port: {
      register: (id) => registerInstance(db, id),
      renew: (id) => renewInstance(database.heartbeat, id),
      remove: (id) => removeInstance(db, id),
    },
    leaseMs,
    onLost: () => dispatcher.fence(),
    onError: (error) => observer.trouble('the heartbeat failed', error),
    schedule: wheel.schedule,
  });
  const dispatcher: Dispatcher = createDispatcher({
    writes: createWrites({ hot: database.hot, lease, observer, notifies: listenUrl !== null }),
    slots: createSlots(options.maxConcurrent),
    lease,
    bus,
    wheel,
    observer,
    untilStored: createUntilStored({
      isTransient,
      onTrouble: (error) => observer.trouble('the database did not store', error),
      pause: (ms) => pauseOn(wheel, ms),
    }),
    send: options.send,
    load: async (applicationId, id) => (await requests.find([{ applicationId, id }]))[0] ?? null,
    loadSecret: secrets.loadUsable,
    // One at a time: each may wait for a commit, and all others need connections too.
    abandon: (applicationId, id) => abandoning.run(() => abandonRequest(db, lease.instanceId, applicationId, id)),
  });
  const recovery = createRecovery({ db, lease, leaseMs, dispatcher, bus, observer, load: requests.find });
  const remote = createRemoteChanges({
    bus,
    isSending: dispatcher.isSending,
    heard: dispatcher.heard,
    load: requests.find,
    loadRecent: requests.recent,
    onTrouble: (error) => observer.trouble('changes could not be read again', error),
  });
  const events: PostgresEvents | null =
    listenUrl === null
      ? null
      : createPostgresEvents({
          databaseUrl: listenUrl,
          instanceId: () => lease.instanceId,
          onChange: remote.changed,
          onApplicationChange: options.onApplicationChange,
          onConnect() {
            options.onApplicationChange(null);
            void remote.resynchronise();
          },
          onTrouble: (error) => observer.trouble('the connection for events broke', error),
        });
  let resynchronising: NodeJS.Timeout | undefined;

  return {
    bus,
    lease,
    dispatcher,
    hearsChanges: () => events === null || events.listening,
    async start() {
      await lease.start();
      await recovery.sweep();
      recovery.start();
      if (events === null) return;
      events.start();
      resynchronising = setInterval(() => void remote.resynchronise(), options.leaseMs * RESYNCHRONISE_LEASES).unref();
    },
    async stop(drainMs) {
      await within(drainMs, dispatcher.drain());
      // Before others may take over. What is not safe to send twice is settled, which takes no time; the rest is theirs.
      dispatcher.leave();
      await within(LEAVING_MS, dispatcher.drain());
      clearInterval(resynchronising);
      const signOff = lease.stop().catch((error) => observer.trouble('this instance could not sign off', error));
      // The database may be away: others find out by themselves then.
      await within(LEAVING_MS, Promise.all([recovery.stop(), events?.stop(), signOff]));
    },
  };
}
