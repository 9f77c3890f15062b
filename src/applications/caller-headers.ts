// pure
import { invalidParameter } from '../errors.ts';
import { credentialsRefused, unauthenticated } from './refusals.ts';

/** What a client says it is, not yet proved. */
export type CallerClaim =
  | { kind: 'OPERATOR'; token: string }
  | { kind: 'APPLICATION'; clientId: string; clientSecret: string }
  | { kind: 'USER'; clientId: string; token: string }
  | { kind: 'VISITOR'; clientId: string; visitorId: string | null };

/** A header's value by its name, in any case; undefined where it was not sent. */
export type HeaderReader = (name: string) => string | undefined;

/** Longer ones would not fit beside other headers into the 16 KiB that Node takes; over WebSocket the same holds. */
export const MAX_TOKEN_LENGTH = 12_288;

const BEARER = /^bearer +(\S.*)$/i;
const CLIENT_ID = /^[\x21-\x7e]{1,255}$/;
const VISITOR_ID = /^[A-Za-z0-9._~-]{16,128}$/;

/**
 * Which of the four kinds the headers claim (BEHAVIOUR 1). Throws UNAUTHENTICATED for every other combination and for a
 * value that is empty or doubled: nobody falls back to being a VISITOR. A bad `X-Visitor-Id` is INVALID_PARAMETER.
 */
export function readCallerHeaders(get: HeaderReader): CallerClaim {
  const clientId = readAlias(get, 'X-Client-Id', 'X-IBM-Client-Id');
  const clientSecret = readAlias(get, 'X-Client-Secret', 'X-IBM-Client-Secret');
  const authorization = get('Authorization');
  if (clientSecret !== undefined && authorization !== undefined) {
    throw unauthenticated('Send X-Client-Secret or Authorization, not both');
  }
  if (clientId === undefined) {
    if (clientSecret !== undefined) throw unauthenticated('X-Client-Secret needs X-Client-Id beside it');
    if (authorization === undefined) {
      throw unauthenticated('No credentials: send X-Client-Id, or Authorization with the operator token');
    }
    const token = readBearer(authorization);
    readVisitorId(get);
    return { kind: 'OPERATOR', token };
  }
  if (!CLIENT_ID.test(clientId) || clientSecret === '') throw credentialsRefused();
  const token = authorization === undefined ? undefined : readBearer(authorization);
  const visitorId = readVisitorId(get);
  if (clientSecret !== undefined) return { kind: 'APPLICATION', clientId, clientSecret };
  if (token !== undefined) return { kind: 'USER', clientId, token };
  return { kind: 'VISITOR', clientId, visitorId };
}

/**
 * Reads the `connection_init` payload of a WebSocket as headers are read: names without regard to case. What is no
 * string, or comes twice with different values, is bad; what is not an object holds no credentials.
 */
export function fromConnectionParams(payload: unknown): HeaderReader {
  const values = new Map<string, string>();
  if (typeof payload === 'object' && payload !== null && !Array.isArray(payload)) {
    for (const [name, value] of Object.entries(payload)) {
      const key = name.toLowerCase();
      const earlier = values.get(key);
      const text = typeof value === 'string' ? value.trim() : '';
      // An empty value is refused wherever it stands, as a doubled one must be.
      values.set(key, earlier === undefined || earlier === text ? text : '');
    }
  }
  return (name) => values.get(name.toLowerCase());
}

function readAlias(get: HeaderReader, name: string, alias: string): string | undefined {
  const value = get(name);
  const other = get(alias);
  if (value !== undefined && other !== undefined && value !== other) {
    throw unauthenticated(`${name} and ${alias} say different things`);
  }
  return value ?? other;
}

function readBearer(authorization: string): string {
  const token = BEARER.exec(authorization)?.[1];
  if (token === undefined || token.length > MAX_TOKEN_LENGTH) {
    throw unauthenticated('Authorization must be "Bearer" and a token');
  }
  return token;
}

function readVisitorId(get: HeaderReader): string | null {
  const visitorId = get('X-Visitor-Id');
  if (visitorId === undefined) return null;
  if (!VISITOR_ID.test(visitorId)) {
    throw invalidParameter(
      'X-Visitor-Id',
      'X-Visitor-Id must be 16 to 128 URL-safe characters (letters, digits, - . _ ~)',
    );
  }
  return visitorId;
}
