// pure
import { createRegistry } from '../registry.ts';
import type { RequestError, RequestRecord } from '../requests/request.ts';
import { type Abort, createAbort } from '../upstream/abort.ts';

/** What this instance is sending: from before the first byte until its end is stored. */
export interface InFlight {
  /** Again where it is to be sent anew: who waits for its end keeps waiting. */
  enter(record: RequestRecord): Abort;
  /** By whoever entered the same record last. `isEnded`: its end is stored; otherwise others have it. */
  leave(record: RequestRecord, isEnded: boolean): void;
  has(id: string): boolean;
  /** Stops it; resolves with true when its end is stored. False where it is not being sent here, or was taken over. */
  stop(id: string, reason: RequestError): Promise<boolean>;
  /** Stops all of which `concerns` is true. */
  stopWhere(concerns: (record: RequestRecord) => boolean, reason: RequestError): void;
  readonly size: number;
}

interface Entry {
  record: RequestRecord;
  abort: ReturnType<typeof createAbort>;
  left: ((isEnded: boolean) => void)[];
}

/** `guard` says why nothing may begin to be sent, as of the moment when it is asked; null where it may. */
export function createInFlight(guard: () => RequestError | null): InFlight {
  const entries = createRegistry<string, Entry>();

  return {
    enter(record) {
      const abort = createAbort(guard);
      entries.set(record.id, { record, abort, left: entries.get(record.id)?.left ?? [] });
      return abort;
    },
    leave(record, isEnded) {
      const entry = entries.get(record.id);
      // Where it was taken over, and by this process under another ID, it is being sent anew.
      if (entry?.record !== record) return;
      entries.delete(record.id);
      for (const tell of entry.left) tell(isEnded);
    },
    has: (id) => entries.has(id),
    async stop(id, reason) {
      const entry = entries.get(id);
      if (entry === undefined) return false;
      const left = new Promise<boolean>((resolve) => entry.left.push(resolve));
      entry.abort.abort(reason);
      return left;
    },
    stopWhere(concerns, reason) {
      for (const { abort, record } of entries.values()) if (concerns(record)) abort.abort(reason);
    },
    get size() {
      return entries.size;
    },
  };
}
