// pure
import type { RequestRecord } from '../requests/request.ts';
import type { DispatcherFloor, Runners } from './dispatcher-ports.ts';
import { createSending } from './sending.ts';
import { settlementRow, type Work } from './work.ts';

/** Sends requests without a queue, each on its own. */
export function createParallelRunner(
  floor: DispatcherFloor,
  ready: () => Promise<boolean>,
): Pick<Runners, 'sendAlone' | 'resume'> {
  const { writes, slots, inFlight, waitingRoom, settler, underway, untilStored, observer } = floor;
  const { toWork, send } = createSending(floor);

  /** From their wait for a place until their ends are stored: one that was taken over is found again by who admitted it. */
  const resumed = new Set<string>();

  /** With a place taken. */
  async function startAlone({ applicationId, id }: RequestRecord): Promise<void> {
    const mayStart = await ready();
    const work = mayStart ? await underway.during(() => start(applicationId, id)) : undefined;
    if (work === undefined) slots.giveBack();
    else await sendAlone(work);
  }

  async function start(applicationId: string, id: string): Promise<Work | undefined> {
    const started = await untilStored(() => writes.start({ application_id: applicationId, id }), 'endless');
    if (started === undefined) return undefined;
    const { started_at: startedAt, revision, instanceId } = started;
    return toWork(applicationId, { id, startedAt, revision, instanceId });
  }

  async function sendAlone(work: Work): Promise<void> {
    try {
      await underway.during(async () => {
        const result = await send(work);
        await settler.store(work.record, result, (settled) => writes.settle(settlementRow(settled, 'mine', null)));
      });
    } catch (error) {
      observer.trouble('a request could not be settled', error);
    } finally {
      inFlight.leave(work.record.id);
      slots.giveBack();
    }
  }

  return {
    sendAlone,
    resume(record) {
      if (resumed.has(record.id)) return;
      resumed.add(record.id);
      waitingRoom.enter(record);
      slots.take(() => {
        startAlone(record)
          .catch((error) => observer.trouble('a waiting request could not be started', error))
          .finally(() => resumed.delete(record.id));
      });
    },
  };
}
