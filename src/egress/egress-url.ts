// pure
import { type EgressPolicy, endpointOf } from './egress-policy.ts';
import { EgressRefusal } from './egress-refusal.ts';

export interface CheckUrlOptions {
  /** Lets the host begin with `*.`, as in `allowedUrls`; the rules then apply to the names that it stands for. */
  wildcardHost?: boolean;
}

/** The scheme and authority of a URL as the parser would find them, slashes and backslashes in any number. */
const ORIGIN_TEXT = /^[^/\\?#]*[/\\]*[^/\\?#]*/;

/**
 * The parsed URL, a trailing dot of its host taken off, if it may be asked as far as can be told without DNS.
 * Placeholders may stand in its path and query. Throws an `EgressRefusal`.
 */
export function checkUrl(policy: EgressPolicy, text: string, options: CheckUrlOptions = {}): URL {
  // On the raw text: the parser silently drops tabs and newlines, and trims spaces.
  if (/[\p{Cc}\s]/u.test(text)) throw new EgressRefusal('CONTROL_CHAR');
  if (ORIGIN_TEXT.exec(text)?.[0].includes('$')) throw new EgressRefusal('PLACEHOLDER_IN_ORIGIN');

  const url = parse(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw new EgressRefusal('SCHEME');
  if (url.username !== '' || url.password !== '') throw new EgressRefusal('CREDENTIALS');

  const endpoint = endpointOf(url);
  const hostname = options.wildcardHost ? endpoint.hostname.replace(/^\*\./, 'any.') : endpoint.hostname;
  policy.checkEndpoint({ ...endpoint, hostname });

  // An empty fragment leaves `hash` empty; `href` still ends with its `#`.
  if (url.href.includes('#')) throw new EgressRefusal('FRAGMENT');
  if (url.hostname.endsWith('.')) url.hostname = endpoint.hostname;
  return url;
}

function parse(text: string): URL {
  try {
    return new URL(text);
  } catch {
    // That error holds the whole text: it must not get out.
    throw new EgressRefusal('PARSE');
  }
}
