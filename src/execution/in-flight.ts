// pure
import { createRegistry } from '../registry.ts';
import type { RequestError, RequestRecord } from '../requests/request.ts';
import { type Abort, createAbort } from '../upstream/abort.ts';

/** What this instance is sending: from before the first byte until its end is stored. */
export interface InFlight {
  /** Again where it is to be sent anew: who waits for its end keeps waiting. */
  enter(record: RequestRecord): Abort;
  leave(id: string): void;
  has(id: string): boolean;
  /** Stops it; resolves when its end is stored. False where it is not being sent here. */
  stop(id: string, reason: RequestError): Promise<boolean>;
  /** Stops all of which `concerns` is true. */
  stopWhere(concerns: (record: RequestRecord) => boolean, reason: RequestError): void;
  readonly size: number;
}

interface Entry {
  record: RequestRecord;
  abort: ReturnType<typeof createAbort>;
  left: (() => void)[];
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
    leave(id) {
      const entry = entries.get(id);
      entries.delete(id);
      for (const tell of entry?.left ?? []) tell();
    },
    has: (id) => entries.has(id),
    async stop(id, reason) {
      const entry = entries.get(id);
      if (entry === undefined) return false;
      const left = new Promise<void>((resolve) => entry.left.push(resolve));
      entry.abort.abort(reason);
      await left;
      return true;
    },
    stopWhere(concerns, reason) {
      for (const { abort, record } of entries.values()) if (concerns(record)) abort.abort(reason);
    },
    get size() {
      return entries.size;
    },
  };
}
