// pure
import type { RequestError, RequestRecord, Trail } from '../requests/request.ts';
import type { DispatcherFloor } from './dispatcher-ports.ts';
import { CANCELED_UNSENT } from './sending.ts';

/** Ends of requests that no third party answers. */
export interface Endings {
  /** Ends it as CANCELED unless it is settled. */
  cancel(record: RequestRecord): Promise<void>;
  /** Ends it as EXPIRED if it waits. */
  expire(applicationId: string, id: string, trail?: Trail): Promise<void>;
}

export const CANCELED_SENT: RequestError = {
  code: 'CANCELED',
  message: 'Cancelled while it was being sent: the third party may have received it',
};
const EXPIRED: RequestError = { code: 'EXPIRED', message: 'It expired before it was sent' };

export function createEndings(floor: DispatcherFloor): Endings {
  const { inFlight, waitingRoom, ended, settler, untilStored, observer, load } = floor;

  return {
    async expire(applicationId, id, trail) {
      try {
        const record = await untilStored(() => load(applicationId, id));
        if (record?.status === 'PENDING') await settler.end({ ...record, trail }, EXPIRED, 'waiting');
      } catch (error) {
        observer.trouble('a request could not expire', error);
      }
    },
    async cancel(record) {
      const { applicationId, id } = record;
      if (await inFlight.stop(id, CANCELED_SENT)) return;
      if (await settler.end(record, CANCELED_UNSENT, 'waiting')) {
        waitingRoom.leave(id);
        return;
      }
      const newest = await untilStored(() => load(applicationId, id));
      if (newest?.status !== 'PENDING') return;
      // Another instance sends it, or it is just being started here.
      const release = ended.hold(id);
      try {
        if (await inFlight.stop(id, CANCELED_SENT)) return;
        await settler.end(newest, CANCELED_SENT, 'any');
      } finally {
        release();
      }
    },
  };
}
