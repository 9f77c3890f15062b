import { type Signal, signal } from '@preact/signals';
import type { Endpoint } from '../api/endpoint.ts';
import { fetchSecrets } from '../api/secrets.ts';
import type { ClientSecret } from '../api/types.ts';

/** The client secrets that the caller may see. */
export interface SecretList {
  /** Null until they are read for the first time. */
  secrets: Signal<ClientSecret[] | null>;
  error: Signal<unknown>;
  read(): Promise<void>;
  put(secret: ClientSecret): void;
  drop(id: string): void;
}

export function createSecretList(endpoint: Endpoint): SecretList {
  const secrets = signal<ClientSecret[] | null>(null);
  const error = signal<unknown>(null);

  async function read(): Promise<void> {
    const isFirst = secrets.peek() === null;
    try {
      secrets.value = await fetchSecrets(endpoint, (found) => {
        if (isFirst) secrets.value = found;
      });
      error.value = null;
    } catch (thrown) {
      error.value = thrown;
    }
  }

  return {
    secrets,
    error,
    read,
    put(secret) {
      const rest = (secrets.peek() ?? []).filter(({ id }) => id !== secret.id);
      secrets.value = [...rest, secret];
    },
    drop(id) {
      secrets.value = (secrets.peek() ?? []).filter((secret) => secret.id !== id);
    },
  };
}

/** By name; those that have each word in their name or in a tag. */
export function searched(secrets: readonly ClientSecret[], search: string): ClientSecret[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const matches = ({ name, tags }: ClientSecret) =>
    words.every((word) => [name, ...tags].some((text) => text.toLowerCase().includes(word)));
  return secrets.filter(matches).sort((a, b) => a.name.localeCompare(b.name));
}
