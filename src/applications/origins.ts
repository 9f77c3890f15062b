// pure
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

/**
 * Whether a page of this origin may call as this caller (BEHAVIOUR 1, CORS). `serverOrigin` is the server's own; the
 * OPERATOR may call from there alone. Call it only where the request has an `Origin` header.
 */
export function originAllowed(caller: Caller, origin: string, serverOrigin: string): boolean {
  if (origin === serverOrigin) return true;
  return caller.kind !== 'OPERATOR' && caller.application.allowedOrigins.includes(origin);
}
