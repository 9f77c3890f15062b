// pure
import { invalidParameter, KeyholeError } from '../errors.ts';
import { isUnambiguousPath, tellsOfValue } from '../secrets/url-path.ts';

/** A URL's text cut where its path and its query begin; the query with its `?`, or empty. */
export interface UrlParts {
  origin: string;
  path: string;
  query: string;
}

const PARAMETER = 'input.url';
export const AMBIGUOUS_PATH =
  'The path has a dot segment, a backslash, or an encoded slash or control character in it.';
// WHATWG parsers drop tabs and newlines without a word, and encode or trim the rest: what was checked would not be what is sent.
const BLANK_OR_CONTROL = /[\p{Cc}\s]/u;
const PARTS = /^(https?:\/\/[^/?#\\]+)([^?#]*)(\?[^#]*)?$/i;
const PLACEHOLDER = /\$(?:CLIENT_SECRET|CLIENT_ID)(?![\p{L}\p{Nd}_])/u;
// A value right behind these would become part of the escape.
const CUT_ESCAPE = new RegExp(`%[0-9a-fA-F]?(?:${PLACEHOLDER.source}|\\$BASE64\\()`, 'u');

/** Null for what is not an absolute http or https URL without a fragment. */
export function splitUrl(url: string): UrlParts | null {
  const match = PARTS.exec(url);
  return match === null ? null : { origin: match[1] ?? '', path: match[2] ?? '', query: match[3] ?? '' };
}

/**
 * The syntax of a URL as submitted, placeholders in it: throws INVALID_PARAMETER at `input.url`, or
 * DESTINATION_NOT_ALLOWED for a path that may lead elsewhere.
 * Whether its host, port and path are allowed is for `secrets/destination.ts` and `egress/egress.ts`.
 */
export function checkUrl(url: string): void {
  if (BLANK_OR_CONTROL.test(url)) throw fault('Must not have spaces or control characters in it.');
  if (!/^https?:\/\//i.test(url)) throw fault('Must begin with https:// (or http://, where that is allowed).');
  if (url.includes('#')) throw fault('Must not have a fragment (#) in it.');
  const parts = splitUrl(url);
  if (parts === null) throw fault('Has no host.');
  if (parts.origin.includes('$')) throw fault('Placeholders may stand in the path and the query alone.');
  if (parts.origin.includes('@')) throw fault('Must not have a user or a password in it.');
  if (!URL.canParse(url)) throw fault('Not a URL.');
  if (CUT_ESCAPE.test(url)) throw fault('A placeholder stands within a percent-encoded character.');
  // Every second Base64 of a secret has a slash in it, which a path cannot have.
  if (parts.path.includes('$BASE64(')) throw fault('$BASE64(…) may stand in the query, not in the path.');
  if (!isUnambiguousPath(parts.path)) {
    throw new KeyholeError('DESTINATION_NOT_ALLOWED', AMBIGUOUS_PATH, { parameter: PARAMETER });
  }
  if (parts.path.includes('$') && parts.path.split('/').some((segment) => tellsOfValue(segment.split(PLACEHOLDER)))) {
    throw fault('A value in the path might make an encoded character or a dot segment of what stands beside it.');
  }
}

function fault(message: string): KeyholeError {
  return invalidParameter(PARAMETER, message);
}
