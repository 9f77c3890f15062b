// pure
import { isUnambiguousPath } from './url-path.ts';

/** One entry of `allowedUrls`, ready to be compared. */
export interface AllowedUrl {
  /** `https:` or `http:`. */
  protocol: string;
  /** The host; where `wildcard`, what a host must end with, from the dot on. */
  host: string;
  wildcard: boolean;
  /** Empty for the scheme's own port. */
  port: string;
  /** Normalised as `new URL` does it; `/` for a whole origin. */
  path: string;
}

/** A URL taken apart before any parser could mend it. */
export interface RawUrl {
  scheme: string;
  authority: string;
  path: string;
}

// Other spellings that `new URL` takes for web URLs (`https:host`, `https:\\host`, tabs in between) are no URL here.
const RAW_URL = /^(https?):\/\/([^/\\?#]+)([^?#]*)/i;
// URL parsers drop some of these and replace others; half a surrogate pair would be stored as another character.
const SPACE_OR_CONTROL = /[\s\p{Cc}\p{Cs}]/u;
const PLACEHOLDER = /\$(?:CLIENT_SECRET|CLIENT_ID)(?!\w)|\$BASE64\(/;
const WILDCARD = '*.';

/** Null where it is not plainly written: user info or a placeholder before the path, or a path to be read in two ways. */
export function readRawUrl(url: string): RawUrl | null {
  const match = SPACE_OR_CONTROL.test(url) ? null : RAW_URL.exec(url);
  if (match === null) return null;
  const [, scheme = '', authority = '', path = ''] = match;
  return !/[@$]/.test(authority) && isUnambiguousPath(path) ? { scheme, authority, path } : null;
}

/**
 * Reads an entry of `allowedUrls`: an origin, or an origin and a path prefix; one leading `*.` stands for one or more
 * labels. Gives what is wrong with it where it cannot be one. Does not ask whether the egress guard lets it through.
 */
export function parseAllowedUrl(entry: string): AllowedUrl | string {
  if (SPACE_OR_CONTROL.test(entry)) return 'must not contain spaces, control characters or malformed Unicode';
  if (/[?#]/.test(entry)) return 'must be an origin, or an origin and a path prefix: without query and fragment';
  if (PLACEHOLDER.test(entry)) return 'must not contain placeholders';
  const match = RAW_URL.exec(entry);
  if (match === null) return 'must begin with https:// and a host';
  const [, scheme = '', authority = '', path = ''] = match;
  if (authority.includes('@')) return 'must not contain user info';
  if (!isUnambiguousPath(path)) return 'must not have dot segments, encoded slashes or backslashes in its path';
  const wildcard = authority.startsWith(WILDCARD);
  const rest = wildcard ? authority.slice(WILDCARD.length) : authority;
  return compile(`${scheme}://${rest}${path}`, wildcard);
}

/** A URL that the entry allows, for the egress guard to judge: a wildcard with a label in its place. */
export function sampleOf({ protocol, host, wildcard, port, path }: AllowedUrl): string {
  return `${protocol}//${wildcard ? 'any' : ''}${host}${port === '' ? '' : `:${port}`}${path}`;
}

function compile(urlWithoutWildcard: string, wildcard: boolean): AllowedUrl | string {
  if (!URL.canParse(urlWithoutWildcard)) return 'is not a valid URL';
  const { protocol, hostname, port, pathname: path } = new URL(urlWithoutWildcard);
  // Looked for in the parsed host: a full-width or encoded asterisk has become a plain one.
  if (hostname.includes('*')) return 'may have one "*." at the beginning of its host and nowhere else';
  if (hostname.startsWith('.') || hostname.endsWith('.') || hostname.includes('..'))
    return 'must not have empty labels in its host';
  if (wildcard && /^[\d.]+$|^\[/.test(hostname)) return 'must not have "*." before an address';
  if (wildcard && !hostname.includes('.')) return 'must have a domain of two labels or more after "*."';
  return { protocol, host: wildcard ? `.${hostname}` : hostname, wildcard, port, path };
}
