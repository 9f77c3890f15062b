// pure
import type { RequestRecord } from '../requests/request.ts';
import type { Bus } from './bus.ts';

interface Key {
  applicationId: string;
  id: string;
}

export interface RemoteChangesOptions {
  bus: Bus;
  /** Being sent here: it must hear of an end that another instance made. */
  isSending(id: string): boolean;
  /** Another instance started or ended it. */
  heard(key: Pick<Key, 'id'>, isOpen: boolean): void;
  load(keys: readonly Key[]): Promise<RequestRecord[]>;
  /** Requests of an application submitted since `since`, and its open ones. */
  loadRecent(applicationId: string, since: Date): Promise<RequestRecord[]>;
  onTrouble(error: unknown): void;
}

/** Brings what other instances did to who listens here: hints are read from the database, many in one go. */
export interface RemoteChanges {
  /** A hint. */
  changed(applicationId: string, id: string): void;
  /** Reads whatever somebody here watches again. */
  resynchronise(): Promise<void>;
}

const MAX_KEYS = 500;
/** Clocks of instances may differ, and a commit takes a while. */
const MARGIN_MS = 60_000;

export function createRemoteChanges(options: RemoteChangesOptions): RemoteChanges {
  const { bus } = options;
  let pending = new Map<string, Key>();
  let reading: Promise<void> | undefined;
  let synchronisedAt = Date.now();
  /** Watched through histories and not settled when last read: their ends are looked for. */
  let open: Key[] = [];

  async function read(): Promise<void> {
    while (pending.size > 0) {
      const keys = [...pending.values()].slice(0, MAX_KEYS);
      for (const key of keys) pending.delete(key.id);
      try {
        const records = await options.load(keys);
        for (const record of records) tell(record);
        const found = new Set(records.map((record) => record.id));
        for (const key of keys) if (!found.has(key.id)) forget(key);
      } catch (error) {
        // They are read again with everything else once the database answers.
        pending = new Map();
        options.onTrouble(error);
      }
    }
  }

  function tell(record: RequestRecord): void {
    if (record.status !== 'PENDING') options.heard(record, false);
    bus.publish(record);
  }

  /** Ended and deleted in between: its last state is nowhere any more. */
  function forget(key: Key): void {
    options.heard(key, false);
    bus.remove(key.id);
  }

  function look(applicationId: string, id: string): void {
    if (!bus.isWatched(applicationId, id) && !options.isSending(id)) return;
    pending.set(id, { applicationId, id });
    reading ??= Promise.resolve()
      .then(read)
      .finally(() => {
        reading = undefined;
      });
  }

  async function resynchroniseHistories(): Promise<void> {
    const since = new Date(synchronisedAt - MARGIN_MS);
    const startedAt = Date.now();
    const before = open;
    const stillOpen: Key[] = [];
    for (const applicationId of bus.watchedApplications()) {
      for (const record of await options.loadRecent(applicationId, since)) {
        if (record.status === 'PENDING') stillOpen.push({ applicationId, id: record.id });
        tell(record);
      }
    }
    open = stillOpen;
    for (const key of before) look(key.applicationId, key.id);
    synchronisedAt = startedAt;
  }

  return {
    changed(applicationId, id) {
      // An instance does not hear of what it admits itself: whoever tells of this one has started or ended it.
      options.heard({ id }, true);
      look(applicationId, id);
    },
    async resynchronise() {
      try {
        for (const key of bus.watchedRequests()) look(key.applicationId, key.id);
        await resynchroniseHistories();
        await reading;
      } catch (error) {
        options.onTrouble(error);
      }
    },
  };
}
