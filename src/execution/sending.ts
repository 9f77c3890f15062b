// pure
import type { RequestError } from '../requests/request.ts';
import type { DispatcherFloor } from './dispatcher-ports.ts';
import { isSafeToRepeat } from './repeatable.ts';
import { failed, type SendResult, type Work } from './work.ts';

export interface Started {
  id: string;
  startedAt: Date;
  /** Of the client secret at the start; null where it is deleted. */
  revision: number | null;
  /** Under which it was started. */
  instanceId: string;
}

/** What stands between a start that is committed and the socket. */
export interface Sending {
  /** Undefined where it was ended meanwhile. */
  toWork(applicationId: string, started: Started): Promise<Work | undefined>;
  /** Null where it was taken over: whoever did that says how it ended, be it this process as another instance. */
  send(work: Work): Promise<SendResult | null>;
}

export const CANCELED_UNSENT: RequestError = { code: 'CANCELED', message: 'Cancelled before it was sent' };
/** Stopped before others might take over. */
export const FENCED: RequestError = {
  code: 'OUTCOME_UNKNOWN',
  message: 'The server lost its database while this was being sent: the third party may have received it',
};
/** Stopped because this instance ends, and others may take over. */
export const LEFT: RequestError = {
  code: 'OUTCOME_UNKNOWN',
  message: 'The server stopped while this was being sent: the third party may have received it',
};
/** Nothing of it left: it may be sent as soon as it is certain that nobody took it over. */
export const HELD_BACK: RequestError = {
  code: 'OUTCOME_UNKNOWN',
  message: 'The server lost its database before this was sent',
};

export function createSending(floor: DispatcherFloor): Sending {
  const { lease, inFlight, waitingRoom, ended, admissions, untilStored, bus, observer } = floor;

  async function toWork(applicationId: string, started: Started): Promise<Work | undefined> {
    const { id, startedAt, revision, instanceId } = started;
    // It can be found before its admission is heard of: nothing is sent that may yet be refused, or sent from there.
    await admissions.get(id)?.catch(() => {});
    const known = waitingRoom.leave(id) ?? (await untilStored(() => floor.load(applicationId, id), 'endless'));
    if (known === null || known.status !== 'PENDING' || ended.has(id)) return undefined;
    const usable = revision === null ? null : await loadSecret(applicationId, known.clientSecretId, revision);
    const clientSecretVersion = usable?.secret.version ?? null;
    const record = { ...known, startedAt, updatedAt: startedAt, clientSecretVersion };
    bus.publish(record);
    return { record, usable, instanceId };
  }

  /** One that cannot be read must not keep its queue waiting: it counts as gone. */
  async function loadSecret(applicationId: string, id: string, revision: number) {
    try {
      return await untilStored(() => floor.loadSecret(applicationId, id, revision));
    } catch (error) {
      observer.trouble('a client secret could not be read', error);
      return null;
    }
  }

  /** Waits where the lease is lost, since others may be taking over; false where they did. */
  async function isStillMine({ instanceId }: Work): Promise<boolean> {
    while (floor.isLeaving() || !lease.held()) await floor.pause();
    return lease.instanceId === instanceId;
  }

  async function send(work: Work): Promise<SendResult | null> {
    for (;;) {
      const abort = inFlight.enter(work.record);
      if (ended.has(work.record.id)) return failed(CANCELED_UNSENT);
      if (!(await isStillMine(work))) return null;
      const result = await floor.send(work, abort);
      const { error } = result.settlement;
      const wasStopped = error?.message === FENCED.message || error?.message === LEFT.message;
      const repeats = wasStopped && isSafeToRepeat(work.record);
      if (error?.message !== HELD_BACK.message && !repeats) return result;
    }
  }

  return { toWork, send };
}
