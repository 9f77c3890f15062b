import { describe, expect, it } from 'vitest';
import {
  credentialMatches,
  generateClientId,
  generateClientSecret,
  generateOperatorToken,
  hashCredential,
  NO_CREDENTIAL_HASH,
} from '../../../src/applications/credentials.ts';

describe('credentials', () => {
  it('are random, of 160 bits or more, and begin with what tells their kind', () => {
    expect(generateClientId()).toMatch(/^kh_[\w-]{20}$/);
    // Base64url: 6 bits a character.
    expect(generateClientSecret()).toMatch(/^khs_[\w-]{27,}$/);
    expect(generateOperatorToken()).toMatch(/^kho_[\w-]{28,}$/);
    expect(generateClientSecret()).not.toBe(generateClientSecret());
  });

  it('match their own hash alone', () => {
    const secret = generateClientSecret();
    expect(credentialMatches(secret, hashCredential(secret))).toBe(true);
    expect(credentialMatches(`${secret} `, hashCredential(secret))).toBe(false);
    expect(credentialMatches(secret, NO_CREDENTIAL_HASH)).toBe(false);
  });
});
