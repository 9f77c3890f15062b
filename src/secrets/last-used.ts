// pure
import type { SecretUse } from './client-secrets.store.ts';

/** Remembers when secrets were last used and writes it now and then: one write for many uses. */
export interface LastUsed {
  mark(applicationId: string, id: string): void;
  /** Writes what is remembered. Where that fails it is logged, kept, and tried again with the next use or read. */
  flush(): Promise<void>;
  /** Writes for the last time. */
  close(): Promise<void>;
}

/** The part of a logger that is needed here. */
export interface WarningLog {
  warn(fields: object, message: string): void;
}

const FLUSH_INTERVAL_MS = 1_000;

export function createLastUsed(write: (uses: readonly SecretUse[]) => Promise<void>, log: WarningLog): LastUsed {
  let pending = new Map<string, SecretUse>();
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();

  async function writePending(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    if (pending.size === 0) return;
    const uses = pending;
    pending = new Map();
    try {
      await write([...uses.values()]);
    } catch (error) {
      // Uses since then are newer.
      pending = new Map([...uses, ...pending]);
      log.warn({ err: error }, 'The times at which client secrets were last used could not be stored yet');
    }
  }

  function flush(): Promise<void> {
    writing = writing.then(writePending);
    return writing;
  }

  return {
    mark(applicationId, id) {
      pending.set(applicationId + id, { applicationId, id, at: new Date() });
      timer ??= setTimeout(flush, FLUSH_INTERVAL_MS).unref();
    },
    flush,
    close: flush,
  };
}
