// pure
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

/** What requests share that ask the same of the same: a hash of normalised URL and method. `url` as submitted. */
export function targetOf(url: string, method: HttpMethod, parameter?: string): string {
  return hashId(normaliseUrl(url, parameter), method);
}

/** Names a queue within its application. */
export function queueKeyOf(target: string, queue: string): string {
  return hashId(target, queue);
}
