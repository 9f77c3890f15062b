import { createHash } from 'node:crypto';
import { decodeProtectedHeader, errors, type JWTPayload, type JWTVerifyOptions, jwtVerify } from 'jose';
import { createLru } from '../cache.ts';
import { KeyholeError } from '../errors.ts';
import type { MasterKey } from '../secrets/master-keys.ts';
import type { Application } from './application.ts';
import { ISSUED_ALGORITHM, signIssuedToken, verifyIssuedToken } from './issued-token.ts';
import { KeysUnavailable, type ProviderKeys } from './provider-keys.ts';
import { unauthenticated } from './refusals.ts';
import { readClaims, tokenExpired, type UserClaims } from './user-claims.ts';

export interface UserTokens {
  /** A signed token for a user of the application. */
  issue(applicationId: string, claims: UserClaims): Promise<string>;
  /** The claims of a token that counts in the application; throws UNAUTHENTICATED for any other. */
  verify(application: Application, token: string): Promise<UserClaims>;
}

const PROVIDER_ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA'];
/** For `nbf` alone: clocks differ. `exp` is exact, by the server's own clock. */
const CLOCK_TOLERANCE_S = 5;
const MAX_REMEMBERED = 20_000;
/** Of those that a token may be signed with: anybody can send one, and each costs a verification. */
const MAX_KEYS_TRIED = 10;

/**
 * Tokens that this server issued count in every application; those of the application's identity provider beside them,
 * where it has one. A verified token is remembered (by its hash) until it expires or the application changes.
 */
export function createUserTokens(
  masterKeys: readonly MasterKey[],
  providerKeys: ProviderKeys,
  now: () => number = Date.now,
): UserTokens {
  const remembered = createLru<string, UserClaims>(MAX_REMEMBERED);

  async function verifyProviderToken({ userTokens }: Application, token: string): Promise<JWTPayload> {
    if (userTokens === null) throw unauthenticated('User token not valid');
    const options = {
      algorithms: PROVIDER_ALGORITHMS,
      issuer: userTokens.issuer,
      audience: userTokens.audience,
      requiredClaims: ['exp', 'sub'],
      clockTolerance: CLOCK_TOLERANCE_S,
      currentDate: new Date(now()),
    };
    try {
      return (await jwtVerify(token, providerKeys.at(userTokens.jwksUrl), options)).payload;
    } catch (error) {
      if (error instanceof errors.JWKSMultipleMatchingKeys) return verifyByOneOf(error, token, options);
      throw error;
    }
  }

  async function verifyAnew(application: Application, token: string): Promise<UserClaims> {
    try {
      const payload =
        decodeProtectedHeader(token).alg === ISSUED_ALGORITHM
          ? await verifyIssuedToken(masterKeys, application.id, token, now())
          : await verifyProviderToken(application, token);
      return readClaims(payload, now());
    } catch (error) {
      throw refusalOf(error);
    }
  }

  return {
    issue: (applicationId, claims) => signIssuedToken(masterKeys, applicationId, claims, now()),
    async verify(application, token) {
      const hash = createHash('sha256').update(token).digest('base64');
      const key = `${application.id} ${application.revision} ${hash}`;
      const known = remembered.get(key);
      if (known !== undefined) {
        if (known.expiresAt > now()) return known;
        remembered.delete(key);
        throw tokenExpired();
      }
      const claims = await verifyAnew(application, token);
      remembered.set(key, claims);
      return claims;
    },
  };
}

/** A token need not say which key it was signed with (RFC 7515, 4.1.4): the first that fits is it. Throws jose's errors. */
async function verifyByOneOf(
  keys: errors.JWKSMultipleMatchingKeys,
  token: string,
  options: JWTVerifyOptions,
): Promise<JWTPayload> {
  let tried = 0;
  for await (const key of keys) {
    try {
      return (await jwtVerify(token, key, options)).payload;
    } catch (error) {
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error;
    }
    if (++tried === MAX_KEYS_TRIED) break;
  }
  throw new errors.JWSSignatureVerificationFailed();
}

/** Says what is wrong only as far as it helps whoever made the token; whatever jose may throw, the token is not valid. */
function refusalOf(error: unknown): Error {
  if (error instanceof KeyholeError) return error;
  if (error instanceof errors.JWTExpired) return tokenExpired();
  if (error instanceof KeysUnavailable) {
    return unauthenticated('User token not verified: the keys of the identity provider could not be fetched');
  }
  if (error instanceof errors.JWTClaimValidationFailed) {
    return unauthenticated(`User token not valid: check its claim ${error.claim}`);
  }
  return unauthenticated('User token not valid');
}
