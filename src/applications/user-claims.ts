// pure
import type { JWTPayload } from 'jose';
import { nameFault } from './names.ts';
import { unauthenticated } from './refusals.ts';

/** What a verified token says of its user. */
export interface UserClaims {
  username: string;
  groups: readonly string[];
  canCreateSecrets: boolean;
  /** Milliseconds since 1970. */
  expiresAt: number;
}

/** The claim that lets a user create client secrets, in tokens of an identity provider as in our own (BEHAVIOUR 1). */
export const CAN_CREATE_SECRETS_CLAIM = 'keyhole_can_create_secrets';

/** The last moment that a `Date` can hold. */
const END_OF_TIME = 8.64e15;

/** Reads the claims of a token whose signature, issuer and audience hold. Throws UNAUTHENTICATED where one is not as it must be. */
export function readClaims(payload: JWTPayload, now: number): UserClaims {
  const { sub, exp, groups } = payload;
  if (typeof exp !== 'number' || !Number.isFinite(exp)) throw unauthenticated('User token not valid: it needs exp');
  const expiresAt = Math.min(Math.round(exp * 1000), END_OF_TIME);
  if (expiresAt <= now) throw tokenExpired();
  if (!isName(sub)) throw unauthenticated('User token not valid: sub must be a name of 1 to 255 characters');
  return {
    username: sub,
    groups: readGroups(groups),
    canCreateSecrets: payload[CAN_CREATE_SECRETS_CLAIM] === true,
    expiresAt,
  };
}

export function tokenExpired(): Error {
  return unauthenticated('User token expired');
}

/** An identity provider's groups may have names that no client secret can list: those open nothing, and are left out. */
function readGroups(groups: unknown): string[] {
  if (groups === undefined || groups === null) return [];
  if (Array.isArray(groups) && groups.every((group) => typeof group === 'string')) return groups.filter(isName);
  throw unauthenticated('User token not valid: groups must be an array of strings');
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && nameFault(value) === null;
}
