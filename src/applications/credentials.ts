// pure
import { hash, randomBytes, timingSafeEqual } from 'node:crypto';

/** A fresh client ID: public, it stands in web pages. */
export function generateClientId(): string {
  return `kh_${randomBytes(15).toString('base64url')}`;
}

/** A fresh client secret: 256 random bits behind a prefix that scanners for leaked secrets can look for. */
export function generateClientSecret(): string {
  return `khs_${randomBytes(32).toString('base64url')}`;
}

/** Of one that an operator chooses (BEHAVIOUR 8). */
export const MIN_OPERATOR_TOKEN_LENGTH = 32;

export function generateOperatorToken(): string {
  return `kho_${randomBytes(32).toString('base64url')}`;
}

/**
 * Hex of the SHA-256 of a client secret or operator token. They are random: a slow password hash would add nothing but
 * work that a flooder could make us do.
 */
export function hashCredential(value: string): string {
  return hash('sha256', value, 'hex');
}

/** What is compared with where there is no hash, so that a miss costs what a hit costs. No value has this hash that anybody knows. */
export const NO_CREDENTIAL_HASH = '0'.repeat(64);

/** Compares in constant time. `hash` is what `hashCredential` made. */
export function credentialMatches(value: string, hash: string): boolean {
  return timingSafeEqual(Buffer.from(hashCredential(value), 'hex'), Buffer.from(hash, 'hex'));
}
