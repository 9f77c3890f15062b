// pure
import { forbidden, type KeyholeError } from '../errors.ts';
import type { Caller } from './caller.ts';

const ORIGIN = /^https?:\/\/[^/?#@\\%*\s]+\/?$/i;

/**
 * The origin as browsers write it in `Origin`: lower-case, without a default port. Null for what is not an http or https
 * origin alone: a path, a query, user info, a wildcard, `null`.
 */
export function normalizeOrigin(text: string): string | null {
  if (!ORIGIN.test(text)) return null;
  try {
    return new URL(text).origin;
  } catch {
    return null;
  }
}

/** The caller as it calls from a page of `origin`; throws FORBIDDEN where it may not. */
export function callsFrom(caller: Caller, origin: string, serverOrigin: string): Caller {
  if (!originAllowed(caller, origin, serverOrigin)) throw originRefused();
  // The OPERATOR calls from the server's own alone.
  return origin === serverOrigin || caller.kind === 'OPERATOR'
    ? caller
    : Object.assign({}, caller, { pageOrigin: origin });
}

export function originRefused(): KeyholeError {
  return forbidden('Pages of this origin may not call as this caller.');
}

/**
 * Whether a page of this origin may call as this caller (BEHAVIOUR 1, CORS). `serverOrigin` is the server's own; the
 * OPERATOR may call from there alone. Call it only where the request has an `Origin` header.
 */
export function originAllowed(caller: Caller, origin: string, serverOrigin: string): boolean {
  if (origin === serverOrigin) return true;
  return caller.kind !== 'OPERATOR' && caller.application.allowedOrigins.includes(origin);
}
