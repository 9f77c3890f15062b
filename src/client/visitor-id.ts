/** What this uses of `localStorage`. */
export type IdStorage = Pick<Storage, 'getItem' | 'setItem'>;

/** 128 random bits in hexadecimal. Not `crypto.randomUUID`: pages without TLS do not have it. */
export function randomId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * The ID by which the server tells this visitor from others, the same after a reload. One for each application, so that two of them
 * on one site do not share it. Where storing is not possible it lives as long as the client.
 */
export function visitorId(clientId: string, storage: IdStorage | undefined = browserStorage()): string {
  const key = `keyhole:visitor:${clientId}`;
  try {
    const known = storage?.getItem(key);
    if (known && /^[\w-]{16,128}$/.test(known)) return known;
    const fresh = randomId();
    storage?.setItem(key, fresh);
    return fresh;
  } catch {
    return randomId();
  }
}

/** Reading the property alone throws where the user has site data switched off. */
function browserStorage(): IdStorage | undefined {
  try {
    return globalThis.localStorage;
  } catch {
    return undefined;
  }
}
