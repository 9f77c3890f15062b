// pure
import { createRegistry } from '../registry.ts';
import type { RequestRecord } from '../requests/request.ts';
import { pauseOn } from '../timer-wheel.ts';
import { type Admit, createAdmitter } from './admitter.ts';
import { afterSending } from './after-sending.ts';
import type { DispatcherFloor, DispatcherPorts, Runners } from './dispatcher-ports.ts';
import { createEnded } from './ended.ts';
import { CANCELED_SENT, createEndings, type Endings } from './endings.ts';
import { createInFlight } from './in-flight.ts';
import { createParallelRunner } from './parallel-runner.ts';
import { createQueueRunner } from './queue-runner.ts';
import type { QueueOwnership } from './queue-serializer.ts';
import { FENCED, HELD_BACK, LEFT } from './sending.ts';
import { createSettler } from './settler.ts';
import { createTally } from './tally.ts';
import { createWaitingRoom, type Waiting } from './waiting-room.ts';

/** Admits, sends and settles: whatever is acknowledged here ends in the database, whoever then listens. */
export interface Dispatcher extends Endings {
  /** Stores it, and sends it or lets it wait its turn. */
  admit: Admit;
  /** Sends a request without a queue that is this instance's, once there is a place for it. */
  resume(waiting: Waiting): void;
  /** Whether one that is this instance's is being seen to: one that is not was lost with an answer of the database. */
  sees(id: string): boolean;
  /** Runs a queue that is this instance's, if it does not run yet. */
  runQueue(owned: QueueOwnership): void;
  isSending(id: string): boolean;
  /** Another instance started or ended it: stops it if it is ended, and keeps nothing for it. */
  heard(record: Pick<RequestRecord, 'id'>, isOpen: boolean): void;
  /** Stops what is being sent in order: others may take over. */
  fence(): void;
  /** Starts nothing more; resolves when the ends of what is being sent are stored. */
  drain(): Promise<void>;
  /** Stops whatever is being sent. What may be sent again is left to others. */
  leave(): void;
  readonly sending: number;
  readonly waiting: number;
}

export function createDispatcher(ports: DispatcherPorts): Dispatcher {
  const { lease, wheel } = ports;
  const underway = createTally();
  const inFlight = createInFlight(() => (lease.held() && !leaving ? null : HELD_BACK));
  const waitingRoom = createWaitingRoom(wheel, ({ applicationId, id, trail }) => {
    void endings.expire(applicationId, id, trail);
  });
  let draining = false;
  let leaving = false;

  const pause = () => pauseOn(wheel, 50);

  /** Waits for the lease where it is lost; false once the instance drains. */
  async function ready(): Promise<boolean> {
    while (!draining && !lease.held()) await pause();
    return !draining;
  }

  const floor: DispatcherFloor = {
    ...ports,
    inFlight,
    waitingRoom,
    ended: createEnded(wheel),
    admissions: createRegistry(),
    settler: createSettler(ports),
    underway,
    isDraining: () => draining,
    isLeaving: () => leaving,
    pause,
  };
  const endings = createEndings(floor);
  // Of a queue, what is sent next leaves before anything is told.
  const bus = afterSending(ports.bus);
  const ofQueues: DispatcherFloor = { ...floor, bus, settler: createSettler({ ...ports, bus }) };
  const runners: Runners = {
    ...createParallelRunner(floor, ready),
    runQueue: createQueueRunner(ofQueues, ready),
  };

  return {
    ...endings,
    admit: createAdmitter(floor, runners),
    resume: (waiting) => runners.resume(waiting),
    sees: (id) => floor.admissions.has(id) || inFlight.has(id) || runners.has(id) || floor.ended.has(id),
    runQueue: (owned) => runners.runQueue(owned),
    isSending: (id) => inFlight.has(id),
    heard({ id }, isOpen) {
      waitingRoom.leave(id);
      if (!isOpen) void inFlight.stop(id, CANCELED_SENT);
    },
    fence: () => inFlight.stopWhere((record) => record.queueKey !== null, FENCED),
    async drain() {
      draining = true;
      // What just ended may have started what comes next, with its settling.
      do {
        await underway.empty();
        await pause();
      } while (underway.size > 0);
    },
    leave() {
      leaving = true;
      inFlight.stopWhere(() => true, LEFT);
    },
    get sending() {
      return inFlight.size;
    },
    get waiting() {
      return waitingRoom.size;
    },
  };
}
