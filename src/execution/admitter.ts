// pure
import type { RequestRecord } from '../requests/request.ts';
import type { DispatcherFloor, Runners } from './dispatcher-ports.ts';
import { type AdmissionExtras, admissionRow } from './work.ts';

/** Null: nothing was stored; the cached copies are stale or the idempotency key is known. */
export type Admit = (draft: RequestRecord, extras: AdmissionExtras) => Promise<RequestRecord | null>;

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
      abandon(draft);
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
    else runners.resume(record);
    return record;
  }

  async function admitQueued(draft: RequestRecord, queueKey: string, extras: AdmissionExtras, holdsSlot: boolean) {
    const admitted = await writes.admitQueued(admissionRow(draft, extras, holdsSlot));
    if (admitted === undefined) return null;
    const { started, epoch, owner_id: ownerId, instanceId } = admitted;
    const record = acknowledge(draft, extras, started);
    if (!started) waitingRoom.enter(record);
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

  /** The caller was told that it failed: if it was stored all the same, it goes. */
  function abandon({ applicationId, id }: RequestRecord): void {
    const release = ended.hold(id);
    untilStored(() => floor.abandon(applicationId, id), 'endless').finally(release);
  }

  return (draft, extras) => {
    const admission = underway.during(() => admit(draft, extras)).finally(() => floor.admissions.delete(draft.id));
    floor.admissions.set(draft.id, admission);
    return admission;
  };
}
