import { describe, expect, test } from 'vitest';
import type { ClientSecret, UsableSecret } from '../../../src/secrets/client-secret.ts';
import { createUsableCache } from '../../../src/secrets/usable-cache.ts';

function usable(id: string, name: string, revision = 1): UsableSecret {
  // As much of a secret as the cache looks at.
  const secret = { applicationId: 'app', id, name, revision } as ClientSecret;
  return {
    secret,
    sealed: { keyId: '', wrappedKey: '', sealedValue: '' },
    destination: { urls: [], methods: [], placements: [] },
    traits: { fitsHeader: true, fitsPath: true },
  };
}

describe('the cache of secrets', () => {
  test('finds them by name and by ID, each in its application', () => {
    const cache = createUsableCache(10);
    const secret = usable('1', 'openai');
    cache.put(secret);
    expect(cache.byName('app', 'openai')).toBe(secret);
    expect(cache.byId('app', '1')).toBe(secret);
    expect(cache.byName('other', 'openai')).toBeUndefined();
    expect(cache.byId('other', '1')).toBeUndefined();
  });

  test('does not find one under its former name', () => {
    const cache = createUsableCache(10);
    cache.put(usable('1', 'old'));
    cache.put(usable('1', 'new', 2));
    expect(cache.byName('app', 'old')).toBeUndefined();
    expect(cache.byName('app', 'new')?.secret.id).toBe('1');
  });

  test('finds the one that has taken over a name', () => {
    const cache = createUsableCache(10);
    cache.put(usable('1', 'openai'));
    cache.put(usable('2', 'openai'));
    cache.drop('app', '1');
    expect(cache.byName('app', 'openai')?.secret.id).toBe('2');
  });

  test('keeps the newer of two reads, whichever comes last', () => {
    const cache = createUsableCache(10);
    cache.put(usable('1', 'openai', 3));
    cache.put(usable('1', 'openai', 2));
    expect(cache.byId('app', '1')?.secret.revision).toBe(3);
  });

  test('finds a dropped one neither by ID nor by name', () => {
    const cache = createUsableCache(10);
    cache.put(usable('1', 'openai'));
    cache.drop('app', '1');
    expect(cache.byId('app', '1')).toBeUndefined();
    expect(cache.byName('app', 'openai')).toBeUndefined();
  });

  test('holds no more than it may', () => {
    const cache = createUsableCache(2);
    for (const id of ['1', '2', '3']) cache.put(usable(id, `name ${id}`));
    expect(cache.byName('app', 'name 1')).toBeUndefined();
    expect(cache.byName('app', 'name 3')?.secret.id).toBe('3');
  });
});
