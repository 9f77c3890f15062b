// pure
import type { RequestKey } from '../requests/request.ts';
import type { DispatcherFloor, Runners } from './dispatcher-ports.ts';
import { createSending } from './sending.ts';
import { settlementRow, type Work } from './work.ts';

/** Sends requests without a queue, each on its own. */
export function createParallelRunner(
  floor: DispatcherFloor,
  ready: () => Promise<boolean>,
): Pick<Runners, 'sendAlone' | 'resume' | 'has'> {
  const { writes, slots, inFlight, waitingRoom, settler, underway, untilStored, observer } = floor;
  const { toWork, send } = createSending(floor);

  /** From their wait for a place until their ends are stored: one that was taken over is found again by who admitted it. */
  const resumed = new Set<string>();
  /** They were sent, and their ends could not be stored: nothing may find them again. */
  const spent = new Set<string>();

  /** With a place taken. */
  async function startAlone({ applicationId, id }: RequestKey): Promise<void> {
    const mayStart = await ready();
    const work = mayStart ? await underway.during(() => start(applicationId, id)) : undefined;
    if (work !== undefined) return sendAlone(work);
    waitingRoom.leave(id);
    slots.giveBack();
  }

  async function start(applicationId: string, id: string): Promise<Work | undefined> {
    const started = await untilStored(() => writes.start({ application_id: applicationId, id }), 'endless');
    if (started === undefined) return undefined;
    const { started_at: startedAt, revision, instanceId } = started;
    return toWork(applicationId, { id, startedAt, revision, instanceId });
  }

  async function sendAlone(work: Work): Promise<void> {
    const { record } = work;
    let isEnded = false;
    try {
      await underway.during(async () => {
        const result = await send(work);
        if (result === null) return;
        await settler.store(record, result, (settled) => writes.settle(settlementRow(settled, 'mine', null)));
        isEnded = true;
      });
    } catch (error) {
      observer.trouble('a request could not be settled', error);
      spent.add(record.id);
    } finally {
      inFlight.leave(record, isEnded);
      slots.giveBack();
    }
  }

  /** What waits for a place holds no more than its key: its text is kept in the waiting room, as far as there is room. */
  function waitForPlace(key: RequestKey): void {
    slots.take(() => {
      startAlone(key)
        .catch((error) => observer.trouble('a waiting request could not be started', error))
        .finally(() => resumed.delete(key.id));
    });
  }

  return {
    sendAlone,
    resume(waiting, record) {
      const { applicationId, id } = waiting;
      if (resumed.has(id)) return;
      resumed.add(id);
      waitingRoom.enter(waiting, record);
      waitForPlace({ applicationId, id });
    },
    has: (id) => resumed.has(id) || spent.has(id),
  };
}
