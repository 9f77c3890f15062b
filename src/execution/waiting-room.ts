// pure
import { createRegistry } from '../registry.ts';
import type { RequestKey, RequestRecord } from '../requests/request.ts';
import { submittedBytes } from '../requests/request-size.ts';
import type { Cancel, TimerWheel } from '../timer-wheel.ts';

export type Waiting = RequestKey & Pick<RequestRecord, 'expiresAt' | 'trail'>;

/** Requests that wait for their turn and were admitted or resumed here: each ends by itself when it expires. */
export interface WaitingRoom {
  /** With the record, where it is in memory already. */
  enter(waiting: Waiting, record?: RequestRecord): void;
  /** The record as it was, where it was kept. */
  leave(id: string): RequestRecord | undefined;
  readonly size: number;
}

/** Beyond so much text records are not kept in memory but read again when their turn comes. */
const KEPT_BYTES = 64 * 1024 * 1024;

export function createWaitingRoom(
  wheel: TimerWheel,
  expired: (waiting: RequestKey & Pick<RequestRecord, 'trail'>) => void,
): WaitingRoom {
  const entries = createRegistry<string, { record: RequestRecord | undefined; bytes: number; cancel: Cancel }>();
  let keptBytes = 0;

  function leave(id: string): RequestRecord | undefined {
    const entry = entries.get(id);
    if (entry === undefined) return undefined;
    entries.delete(id);
    entry.cancel();
    keptBytes -= entry.bytes;
    return entry.record;
  }

  return {
    enter({ applicationId, id, expiresAt, trail }, record) {
      leave(id);
      const size = record === undefined ? 0 : submittedBytes(record);
      const isKept = keptBytes + size <= KEPT_BYTES;
      const bytes = isKept ? size : 0;
      keptBytes += bytes;
      const cancel = wheel.schedule(expiresAt.getTime() - Date.now(), () => {
        leave(id);
        expired({ applicationId, id, trail });
      });
      entries.set(id, { record: isKept ? record : undefined, bytes, cancel });
    },
    leave,
    get size() {
      return entries.size;
    },
  };
}
