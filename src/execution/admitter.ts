// pure
import type { RequestRecord } from '../requests/request.ts';
import { pauseOn } from '../timer-wheel.ts';
import type { DispatcherFloor, Runners } from './dispatcher-ports.ts';
import { type AdmissionExtras, admissionRow } from './work.ts';

/** Null: nothing was stored; the cached copies are stale or the idempotency key is known. */
export type Admit = (draft: RequestRecord, extras: AdmissionExtras) => Promise<RequestRecord | null>;

/** The pauses double: 31 s in all, twice what the database gives a statement. */
const FIRST_LOOK_MS = 1_000;
const LAST_LOOK_MS = 16_000;

/** Takes requests in: stores each, and sends it or lets it wait its turn. */
export function createAdmitter(floor: DispatcherFloor, runners: Runners): Admit {
  const { writes, slots, waitingRoom, ended, underway, untilStored, bus, observer } = floor;

  async function admit(draft: RequestRecord, extras: AdmissionExtras): Promise<RequestRecord | null> {
    const endStep = observer.begin('admit', draft);
    const holdsSlot = !floor.isDraining() && slots.tryTake();
    let usesSlot = false;
    try {
      const { queueKey } = draft;
      const admitted =
        queueKey === null
          ? await admitAlone(draft, extras, holdsSlot)
          : await admitQueued(draft, queueKey, extras, holdsSlot);
      usesSlot = admitted !== null && admitted.startedAt !== null;
      return admitted;
    } catch (error) {
      void abandon(draft);
      throw error;
    } finally {
      endStep();
      if (holdsSlot && !usesSlot) slots.giveBack();
    }
  }

  async function admitAlone(draft: RequestRecord, extras: AdmissionExtras, starts: boolean) {
    const instanceId = await writes.admitParallel(admissionRow(draft, extras, starts));
    if (instanceId === null) return null;
    const record = acknowledge(draft, extras, starts);
    if (starts) void runners.sendAlone({ record, usable: extras.usable, instanceId });
    else runners.resume(record, record);
    return record;
  }

  async function admitQueued(draft: RequestRecord, queueKey: string, extras: AdmissionExtras, holdsSlot: boolean) {
    const admitted = await writes.admitQueued(admissionRow(draft, extras, holdsSlot));
    if (admitted === undefined) return null;
    const { started, epoch, owner_id: ownerId, instanceId } = admitted;
    const record = acknowledge(draft, extras, started);
    if (!started) waitingRoom.enter(record, record);
    const owned = { applicationId: draft.applicationId, queueKey, epoch };
    const first = started ? { record, usable: extras.usable, instanceId } : undefined;
    if (ownerId === instanceId) runners.runQueue(owned, first);
    return record;
  }

  function acknowledge(draft: RequestRecord, { usable }: AdmissionExtras, starts: boolean): RequestRecord {
    const record = starts
      ? { ...draft, startedAt: draft.createdAt, clientSecretVersion: usable.secret.version }
      : draft;
    observer.submitted(record);
    bus.publish(record);
    return record;
  }

  /**
   * The caller was told that it failed: if it was stored all the same, it goes. It may be stored yet, since a statement goes on
   * whose connection broke. So this looks until no statement is left that could.
   */
  async function abandon({ applicationId, id }: RequestRecord): Promise<void> {
    const release = ended.hold(id);
    for (let pause = FIRST_LOOK_MS; pause <= LAST_LOOK_MS; pause *= 2) {
      const abandoned = await untilStored(() => floor.abandon(applicationId, id), 'endless');
      if (abandoned !== 'absent') break;
      await pauseOn(floor.wheel, pause);
    }
    release(0);
  }

  return (draft, extras) => {
    const admission = underway.during(() => admit(draft, extras)).finally(() => floor.admissions.delete(draft.id));
    floor.admissions.set(draft.id, admission);
    return admission;
  };
}
