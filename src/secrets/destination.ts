// pure
import { rememberPassed } from '../cache.ts';
import { invalidParameter, KeyholeError } from '../errors.ts';
import type { PlaceholderUse } from '../requests/placeholder-uses.ts';
import { type AllowedUrl, parseAllowedUrl, readRawUrl } from './allowed-url.ts';
import type { CompiledDestination, DestinationRules, HttpMethod } from './client-secret.ts';

const MAX_PASSED = 100;

/** Prepares rules for comparing, once for each secret that is loaded. An entry that cannot be read allows nothing. */
export function compileDestination(rules: DestinationRules): CompiledDestination {
  return {
    urls: rules.allowedUrls.map(parseAllowedUrl).filter((entry) => typeof entry !== 'string'),
    methods: rules.allowedMethods,
    placements: rules.allowedPlacements,
  };
}

/**
 * Whether the secret may go to `url` by `method`: asked at submission with the placeholders in it, and at sending after
 * substitution. The raw text counts, so give it as it will be sent. Returns the parsed URL. Throws DESTINATION_NOT_ALLOWED
 * with `input.url` or `input.method`; the messages hold neither the URL nor the rules, which not every caller may see.
 */
export function checkDestination(destination: CompiledDestination, url: string, method: HttpMethod): URL {
  // Null also for what new URL would throw on: its error holds the URL.
  const parsed = readRawUrl(url) !== null && URL.canParse(url) ? new URL(url) : null;
  if (parsed === null) {
    throw notAllowed(
      'input.url',
      'The URL is malformed, or has user info, a dot segment, an encoded slash or a backslash',
    );
  }
  if (!destination.urls.some((allowed) => allows(allowed, parsed))) {
    throw notAllowed('input.url', 'The client secret may not be sent to this URL: its allowedUrls do not include it');
  }
  if (destination.methods.length > 0 && !destination.methods.includes(method)) {
    throw notAllowed(
      'input.method',
      `The client secret may not be used with ${method}: its allowedMethods do not include it`,
    );
  }
  return parsed;
}

/** What passed, by method and URL as submitted: pages ask the same of the same again and again. */
const passed = new WeakMap<CompiledDestination, (methodAndUrl: string) => void>();

/** As `checkDestination`, of a URL as submitted: placeholders stand in it, and it may be remembered. */
export function checkSubmittedUrl(destination: CompiledDestination, url: string, method: HttpMethod): void {
  let check = passed.get(destination);
  if (check === undefined) {
    check = rememberPassed((methodAndUrl) => {
      const space = methodAndUrl.indexOf(' ');
      // What was put before the space.
      checkDestination(destination, methodAndUrl.slice(space + 1), methodAndUrl.slice(0, space) as HttpMethod);
    }, MAX_PASSED);
    passed.set(destination, check);
  }
  check(`${method} ${url}`);
}

/** What of it the rule is about. */
export type PlacementUse = Pick<PlaceholderUse, 'placement' | 'parameter'>;

/**
 * Throws INVALID_PARAMETER at the first that stands where it may not. `$CLIENT_ID` asks for a placement as `$CLIENT_SECRET`
 * does: the rule is about placeholders.
 */
export function checkPlacements(destination: CompiledDestination, uses: readonly PlacementUse[]): void {
  for (const { placement, parameter } of uses) {
    if (destination.placements.includes(placement)) continue;
    throw invalidParameter(
      parameter,
      `A placeholder stands in ${placement}, where this client secret may not be put: ` +
        `its owner would have to add ${placement} to its allowedPlacements`,
    );
  }
}

function allows(allowed: AllowedUrl, url: URL): boolean {
  return (
    allowed.protocol === url.protocol &&
    allowed.port === url.port &&
    (allowed.wildcard ? isBelow(url.hostname, allowed.host) : allowed.host === url.hostname) &&
    isPrefix(allowed.path, url.pathname)
  );
}

/** One or more labels before `suffix`, which begins with a dot. */
function isBelow(hostname: string, suffix: string): boolean {
  return hostname.endsWith(suffix) && /^[^.]+(?:\.[^.]+)*$/.test(hostname.slice(0, -suffix.length));
}

function isPrefix(prefix: string, path: string): boolean {
  return (
    path.startsWith(prefix) && (prefix.endsWith('/') || path.length === prefix.length || path[prefix.length] === '/')
  );
}

function notAllowed(parameter: string, message: string): KeyholeError {
  return new KeyholeError('DESTINATION_NOT_ALLOWED', message, { parameter });
}
