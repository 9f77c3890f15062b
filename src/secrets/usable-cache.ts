// pure
import { createLru } from '../cache.ts';
import type { UsableSecret } from './client-secret.ts';

/** Secrets as they were last read, found by name at submission and by ID at sending. A copy may be stale: its revision tells. */
export interface UsableCache {
  byName(applicationId: string, name: string): UsableSecret | undefined;
  byId(applicationId: string, id: string): UsableSecret | undefined;
  /** A read that was overtaken by a newer one is not kept. */
  put(usable: UsableSecret): void;
  drop(applicationId: string, id: string): void;
}

export function createUsableCache(maxEntries: number): UsableCache {
  const secrets = createLru<string, UsableSecret>(maxEntries);
  /** To the keys of `secrets`. May point to one that is gone or has another name by now, which is then not found. */
  const names = createLru<string, string>(maxEntries);

  return {
    byName(applicationId, name) {
      const key = names.get(keyOf(applicationId, name));
      const usable = key === undefined ? undefined : secrets.get(key);
      return usable?.secret.name === name ? usable : undefined;
    },
    byId: (applicationId, id) => secrets.get(keyOf(applicationId, id)),
    put(usable) {
      const { applicationId, id, name, revision } = usable.secret;
      const key = keyOf(applicationId, id);
      const known = secrets.get(key);
      if (known !== undefined && known.secret.revision > revision) return;
      secrets.set(key, usable);
      names.set(keyOf(applicationId, name), key);
    },
    drop(applicationId, id) {
      secrets.delete(keyOf(applicationId, id));
    },
  };
}

// An application's ID has a fixed length: no two keys read alike.
function keyOf(applicationId: string, text: string): string {
  return applicationId + text;
}
