// pure
import type { RequestError, RequestRecord } from '../requests/request.ts';
import { type Abort, createAbort } from './abort.ts';

/** What this instance is sending: from before the first byte until its end is stored. */
export interface InFlight {
  enter(record: RequestRecord): Abort;
  leave(id: string): void;
  has(id: string): boolean;
  /** Stops it; resolves when its end is stored. False where it is not being sent here. */
  stop(id: string, reason: RequestError): Promise<boolean>;
  /** Stops what is sent in order. */
  stopQueued(reason: RequestError): void;
  /** Resolves when nothing is being sent. */
  empty(): Promise<void>;
  readonly size: number;
}

export function createInFlight(): InFlight {
  const entries = new Map<
    string,
    { record: RequestRecord; abort: ReturnType<typeof createAbort>; left: (() => void)[] }
  >();
  let emptied: (() => void)[] = [];

  return {
    enter(record) {
      const abort = createAbort();
      entries.set(record.id, { record, abort, left: [] });
      return abort;
    },
    leave(id) {
      const entry = entries.get(id);
      entries.delete(id);
      for (const tell of entry?.left ?? []) tell();
      if (entries.size > 0) return;
      for (const tell of emptied) tell();
      emptied = [];
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
    stopQueued(reason) {
      for (const { abort, record } of entries.values()) if (record.queueKey !== null) abort.abort(reason);
    },
    async empty() {
      if (entries.size > 0) await new Promise<void>((resolve) => emptied.push(resolve));
    },
    get size() {
      return entries.size;
    },
  };
}
