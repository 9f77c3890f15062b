// pure
import { createLru } from '../cache.ts';
import { invalidParameter } from '../errors.ts';
import { hashId } from '../ids.ts';
import type { HttpMethod } from '../secrets/client-secret.ts';

/**
 * By the WHATWG URL rules, placeholders kept as the text they are. Throws INVALID_PARAMETER at `parameter` for what is
 * not a URL; the parser's own error is not passed on, as it holds the URL.
 */
export function normaliseUrl(url: string, parameter = 'input.url'): string {
  if (!URL.canParse(url)) throw invalidParameter(parameter, 'Not a URL.');
  return new URL(url).href;
}

/** Pages ask the same of the same again and again: parsing and hashing it anew costs as much as the rest of the draft. */
const remembered = createLru<string, string>(1_000);
const REMEMBERED_LENGTH = 1_000;

/** What requests share that ask the same of the same: a hash of normalised URL and method. `url` as submitted. */
export function targetOf(url: string, method: HttpMethod, parameter?: string): string {
  const key = `${method} ${url}`;
  const known = remembered.get(key);
  if (known !== undefined) return known;
  const target = hashId(normaliseUrl(url, parameter), method);
  if (key.length <= REMEMBERED_LENGTH) remembered.set(key, target);
  return target;
}

/** Names a queue within its application. */
export function queueKeyOf(target: string, queue: string): string {
  return hashId(target, queue);
}
