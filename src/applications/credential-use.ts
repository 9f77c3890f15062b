// pure
import { createLru } from '../cache.ts';
import type { WarningLog } from './warning-log.ts';

export interface UsedCredential {
  applicationId: string;
  credentialId: string;
}

export interface CredentialUse {
  /** Costs a look into a map; what is to be written is written later. */
  note(credential: UsedCredential): void;
  /** Resolves once everything noted is written, or has failed to be. */
  flush(): Promise<void>;
}

const INTERVAL_MS = 60_000;
const MAX_REMEMBERED = 10_000;

/**
 * Keeps `lastUsedAt` of credentials true to the minute: each is written at most once a minute, and while one write is on
 * its way the next collects. A write that fails is logged and forgotten: the next use brings another.
 */
export function createCredentialUse(
  write: (credentials: readonly UsedCredential[], at: Date) => Promise<void>,
  log: WarningLog,
  now: () => number = Date.now,
): CredentialUse {
  const notedAt = createLru<string, number>(MAX_REMEMBERED);
  let waiting: UsedCredential[] = [];
  let writing: Promise<void> | undefined;

  async function writeAll(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      try {
        await write(batch, new Date(now()));
      } catch (error) {
        const reason = error instanceof Error ? error.name : 'unknown';
        log.warn({ reason }, 'When credentials were last used could not be written');
      }
    }
    writing = undefined;
  }

  return {
    note({ applicationId, credentialId }) {
      const last = notedAt.get(credentialId);
      if (last !== undefined && now() - last < INTERVAL_MS) return;
      notedAt.set(credentialId, now());
      waiting.push({ applicationId, credentialId });
      writing ??= writeAll();
    },
    async flush() {
      await writing;
    },
  };
}
