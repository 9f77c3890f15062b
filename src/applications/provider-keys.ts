import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { createLru } from '../cache.ts';
import type { WarningLog } from './warning-log.ts';

/** Gets and parses a JSON document. The egress guard stands behind it, with a deadline and a limit of size. */
export type FetchJson = (url: string) => Promise<unknown>;

export interface ProviderKeys {
  /** The keys of the identity provider at this URL, as jose asks for them. Looking one up throws `KeysUnavailable` or jose's errors. */
  at(jwksUrl: string): JWTVerifyGetKey;
}

/** The provider's keys could not be had: its fault, or the network's, not the token's. */
export class KeysUnavailable extends Error {
  override readonly name = 'KeysUnavailable';
}

type KeySet = ReturnType<typeof createLocalJWKSet>;

interface Provider {
  keys: KeySet | undefined;
  fetchedAt: number;
  /** When it was asked, in the last minute. */
  attempts: number[];
  pending: Promise<KeySet> | undefined;
}

const MAX_AGE_MS = 10 * 60_000;
const MAX_PROVIDERS = 1_000;
const MAX_KEYS = 100;
/** A key that is not known may be new, so the provider is asked again; tokens with made-up key IDs must not flood it. */
const ATTEMPTS_PER_MINUTE = 6;

/** Fetches and remembers the JWKS of identity providers. However many callers wait for one, it is fetched once. */
export function createProviderKeys(fetchJson: FetchJson, log: WarningLog, now: () => number = Date.now): ProviderKeys {
  const providers = createLru<string, Provider>(MAX_PROVIDERS);

  async function fetchKeys(jwksUrl: string, provider: Provider): Promise<KeySet> {
    try {
      const keys = toKeySet(await fetchJson(jwksUrl));
      provider.keys = keys;
      provider.fetchedAt = now();
      return keys;
    } catch (error) {
      // The name of the error alone: its text may repeat what the provider sent.
      const reason = error instanceof Error ? error.name : 'unknown';
      log.warn({ jwksHost: new URL(jwksUrl).host, reason }, 'The keys of an identity provider could not be fetched');
      throw new KeysUnavailable();
    } finally {
      provider.pending = undefined;
    }
  }

  function refresh(jwksUrl: string, provider: Provider): Promise<KeySet> | undefined {
    if (provider.pending !== undefined) return provider.pending;
    const aMinuteAgo = now() - 60_000;
    provider.attempts = provider.attempts.filter((at) => at > aMinuteAgo);
    if (provider.attempts.length >= ATTEMPTS_PER_MINUTE) return undefined;
    provider.attempts.push(now());
    provider.pending = fetchKeys(jwksUrl, provider);
    return provider.pending;
  }

  function providerAt(jwksUrl: string): Provider {
    let provider = providers.get(jwksUrl);
    if (provider === undefined) {
      provider = { keys: undefined, fetchedAt: 0, attempts: [], pending: undefined };
      providers.set(jwksUrl, provider);
    }
    return provider;
  }

  return {
    at: (jwksUrl) => async (header, token) => {
      const provider = providerAt(jwksUrl);
      const fresh = provider.keys !== undefined && now() - provider.fetchedAt < MAX_AGE_MS;
      const keys = fresh ? provider.keys : await refresh(jwksUrl, provider);
      if (keys === undefined) throw new KeysUnavailable();
      try {
        return await keys(header, token);
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey) || !fresh) throw error;
        const newer = await refresh(jwksUrl, provider);
        if (newer === undefined) throw error;
        return newer(header, token);
      }
    },
  };
}

function toKeySet(document: unknown): KeySet {
  // jose checks the shape itself, and throws JWKSInvalid.
  const keys = createLocalJWKSet(document as JSONWebKeySet);
  if (keys.jwks().keys.length > MAX_KEYS) throw new errors.JWKSInvalid('Too many keys');
  return keys;
}
