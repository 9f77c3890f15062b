// pure
import type { Bus } from '../events/bus.ts';
import type { Registry } from '../registry.ts';
import type { RequestRecord } from '../requests/request.ts';
import type { UsableSecret } from '../secrets/client-secret.ts';
import type { TimerWheel } from '../timer-wheel.ts';
import type { Abort } from '../upstream/abort.ts';
import type { Ended } from './ended.ts';
import type { InFlight } from './in-flight.ts';
import type { Lease } from './lease.ts';
import type { ExecutionObserver } from './observer.ts';
import type { QueueOwnership } from './queue-serializer.ts';
import type { Settler } from './settler.ts';
import type { Slots } from './slots.ts';
import type { UntilStored } from './stored.ts';
import type { Tally } from './tally.ts';
import type { Waiting, WaitingRoom } from './waiting-room.ts';
import type { SendResult, Work } from './work.ts';
import type { Writes } from './writes.ts';

/** What the dispatcher needs of the rest. */
export interface DispatcherPorts {
  writes: Writes;
  slots: Slots;
  lease: Pick<Lease, 'held' | 'instanceId'>;
  bus: Pick<Bus, 'publish'>;
  wheel: TimerWheel;
  observer: ExecutionObserver;
  untilStored: UntilStored;
  send(work: Work, abort: Abort): Promise<SendResult>;
  /** A request as it stands in the database; null where it is gone. */
  load(applicationId: string, id: string): Promise<RequestRecord | null>;
  /** The client secret as it is at `revision`, or newer; null where it is gone. */
  loadSecret(applicationId: string, id: string, revision: number): Promise<UsableSecret | null>;
  /** Removes a request whose admission was reported as failed and may have been stored all the same. */
  abandon(applicationId: string, id: string): Promise<Abandoned>;
}

/** What became of it: `kept` where another instance sends it, or somebody was given it since, by its idempotency key. */
export type Abandoned = 'absent' | 'removed' | 'kept';

/** The dispatcher's ports, and the state that its parts share. */
export interface DispatcherFloor extends DispatcherPorts {
  inFlight: InFlight;
  waitingRoom: WaitingRoom;
  ended: Ended;
  /** Admissions whose answers are not there yet, by the ID of the request. They reject where it was refused. */
  admissions: Registry<string, Promise<unknown>>;
  settler: Settler;
  /** What must be over before this instance may sign off. */
  underway: Tally;
  /** Nothing more is started. */
  isDraining(): boolean;
  /** What was stopped is left for others. */
  isLeaving(): boolean;
  /** A little time. */
  pause(): Promise<void>;
}

/** Sends what has its turn. */
export interface Runners {
  /** Sends one without a queue that was started with its admission and holds a place. */
  sendAlone(work: Work): Promise<void>;
  /** Sends a request without a queue that is this instance's, once there is a place for it. `record`: it is in memory already. */
  resume(waiting: Waiting, record?: RequestRecord): void;
  /** One without a queue is being seen to. */
  has(id: string): boolean;
  /** Runs a queue that is this instance's, if it does not run yet. `first` is started and holds a place. */
  runQueue(owned: QueueOwnership, first?: Work): void;
}
