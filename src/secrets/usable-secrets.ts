import type { Kysely } from 'kysely';
import type { TenantCaller } from '../applications/caller.ts';
import type { Database } from '../database/schema.ts';
import { KeyholeError } from '../errors.ts';
import { traitsOf } from '../requests/secret-traits.ts';
import { useDecision } from './access.ts';
import type { UsableSecret } from './client-secret.ts';
import { findClientSecretById, findClientSecretByName, type StoredClientSecret } from './client-secrets.store.ts';
import { compileDestination } from './destination.ts';
import type { LastUsed } from './last-used.ts';
import { isStorableText, noSuchClientSecret } from './refusals.ts';
import type { SecretValue } from './secret-value.ts';
import { createUsableCache } from './usable-cache.ts';
import { type Vault, VaultError } from './vault.ts';

const MAX_CACHED = 10_000;
const FITS_NOWHERE = { fitsHeader: false, fitsPath: false };

/** What the engine asks for. What is allowed on a cached copy holds for its revision: admission checks that it still stands. */
export interface UsableSecrets {
  /**
   * The secret that the caller may use under this name, perhaps from the cache. Throws NOT_FOUND, UNAUTHENTICATED (a
   * visitor, where users alone may use it), SECRET_DISABLED, or what `check` throws. A refusal for a cached copy counts
   * only if a fresh one gets it too.
   */
  findUsable(caller: TenantCaller, name: string, check?: (usable: UsableSecret) => void): Promise<UsableSecret>;
  /**
   * As it stands in the database, or at `revision` or later where that is given and cached; null where it is gone. Disabled
   * ones too, and those that do not open: what waits for one must end, by the error that opening it gives.
   */
  loadUsable(applicationId: string, id: string, revision?: number): Promise<UsableSecret | null>;
  /** Drops the cached copy, which turned out to be stale. */
  invalidate(applicationId: string, id: string): void;
  /** Throws `VaultError`. */
  open(usable: UsableSecret): SecretValue;
  /** It was sent just now. */
  markUsed(applicationId: string, id: string): void;
}

export function createUsableSecrets(db: Kysely<Database>, vault: Vault, lastUsed: LastUsed): UsableSecrets {
  const cache = createUsableCache(MAX_CACHED);

  function open({ secret, sealed }: StoredClientSecret): SecretValue {
    return vault.open(secret, sealed);
  }

  function remember(stored: StoredClientSecret): UsableSecret {
    const usable = {
      ...stored,
      destination: compileDestination(stored.secret),
      traits: traitsOf(open(stored).reveal()),
    };
    cache.put(usable);
    return usable;
  }

  function rememberIfItOpens(stored: StoredClientSecret): UsableSecret {
    try {
      return remember(stored);
    } catch (error) {
      if (!(error instanceof VaultError)) throw error;
      return { ...stored, destination: compileDestination(stored.secret), traits: FITS_NOWHERE };
    }
  }

  async function readByName(applicationId: string, name: string): Promise<UsableSecret | null> {
    const stored = isStorableText(name) ? await findClientSecretByName(db, applicationId, name) : null;
    return stored === null ? null : remember(stored);
  }

  return {
    open,
    async findUsable(caller, name, check) {
      const applicationId = caller.application.id;
      const cached = cache.byName(applicationId, name);
      if (cached !== undefined) {
        try {
          return usableBy(caller, cached, check);
        } catch (error) {
          if (!(error instanceof KeyholeError)) throw error;
          cache.drop(applicationId, cached.secret.id);
        }
      }
      const fresh = await readByName(applicationId, name);
      if (fresh === null) throw noSuchClientSecret();
      return usableBy(caller, fresh, check);
    },
    async loadUsable(applicationId, id, revision = Number.POSITIVE_INFINITY) {
      const cached = cache.byId(applicationId, id);
      if (cached !== undefined && cached.secret.revision >= revision) return cached;
      const stored = await findClientSecretById(db, applicationId, id);
      if (stored !== null) return rememberIfItOpens(stored);
      cache.drop(applicationId, id);
      return null;
    },
    invalidate: cache.drop,
    markUsed: lastUsed.mark,
  };
}

function usableBy(caller: TenantCaller, usable: UsableSecret, check?: (usable: UsableSecret) => void): UsableSecret {
  switch (useDecision(caller, usable.secret)) {
    case 'NOT_FOUND':
      throw noSuchClientSecret();
    case 'LOG_IN':
      throw new KeyholeError('UNAUTHENTICATED', 'This client secret is locked: log in to use it');
    case 'ALLOWED':
      if (!usable.secret.enabled) throw new KeyholeError('SECRET_DISABLED', 'This client secret is disabled');
      check?.(usable);
      return usable;
  }
}
