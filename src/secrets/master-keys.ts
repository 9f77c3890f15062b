// pure
import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';

/** A key that wraps the data keys of rows. A `KeyObject` does not show its bytes when it is printed. */
export interface MasterKey {
  id: string;
  key: KeyObject;
}

export interface ParsedMasterKeys {
  /** In the order given: the first seals, all open. */
  keys: MasterKey[];
  /** Each names an entry by its place; the text of an entry is never repeated, for it may be a key. */
  faults: string[];
}

const KEY_BYTES = 32;
// Too short for 32 bytes in Base64 (43 characters): what passes as an ID cannot be a key in the wrong place.
const ID = /^[A-Za-z0-9._-]{1,32}$/;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** Reads `id:base64 of 32 bytes, …`. `faults` is empty exactly when all of it is sound and there is at least one key. */
export function parseMasterKeys(text: string): ParsedMasterKeys {
  const keys: MasterKey[] = [];
  const faults: string[] = [];
  text.split(',').forEach((entry, index) => {
    const parsed = parseEntry(entry.trim(), keys);
    if (typeof parsed === 'string') faults.push(`entry ${index + 1} ${parsed}`);
    else keys.push(parsed);
  });
  return { keys, faults };
}

/** The key, or what is wrong with it. */
function parseEntry(entry: string, before: readonly MasterKey[]): MasterKey | string {
  if (entry === '') return 'is empty';
  const colon = entry.indexOf(':');
  if (colon === -1) return 'has no ":" between the key ID and the key';
  const id = entry.slice(0, colon);
  const encoded = entry.slice(colon + 1);
  if (!ID.test(id)) return 'has a key ID that is not 1 to 32 letters, digits, ".", "_" or "-"';
  if (before.some((key) => key.id === id)) return `repeats the key ID '${id}'`;
  if (!BASE64.test(encoded)) return `('${id}') is not Base64 after the ":"`;
  const bytes = Buffer.from(encoded, 'base64');
  if (bytes.length !== KEY_BYTES) return `('${id}') has a key of ${bytes.length} bytes; it must have ${KEY_BYTES}`;
  const key = createSecretKey(bytes);
  const same = before.find((other) => other.key.equals(key));
  if (same !== undefined) return `('${id}') has the same key as '${same.id}'`;
  return { id, key };
}

/** A new entry for KEYHOLE_MASTER_KEYS, `id:base64`: a random key under an ID that no other will have. It is a secret. */
export function generateMasterKey(): string {
  return `k${randomBytes(6).toString('hex')}:${randomBytes(KEY_BYTES).toString('base64')}`;
}
