// pure
import type { WarningLog } from '../applications/warning-log.ts';

/** One use of a secret. */
export interface SecretUse {
  applicationId: string;
  id: string;
  at: Date;
}

/** Remembers when secrets were last used and writes it now and then: one write for many uses. */
export interface LastUsed {
  mark(applicationId: string, id: string): void;
  /** Writes what is remembered. Where that fails it is logged, kept, and tried again with the next use or read. */
  flush(): Promise<void>;
  /** Writes for the last time. */
  close(): Promise<void>;
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
      const reason = error instanceof Error ? error.name : 'unknown';
      log.warn({ reason }, 'When client secrets were last used could not be written yet');
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
