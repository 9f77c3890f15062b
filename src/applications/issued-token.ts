import { hkdfSync } from 'node:crypto';
import { errors, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import type { MasterKey } from '../secrets/master-keys.ts';
import { CAN_CREATE_SECRETS_CLAIM, type UserClaims } from './user-claims.ts';

const ISSUER = 'keyhole';
const ALGORITHM = 'HS256';

/** Marks a token as one of ours: an identity provider's are never symmetric. */
export const ISSUED_ALGORITHM = ALGORITHM;

/** Signs a token for a user of one application; `kid` names the master key that its key comes from, the first of the ring. */
export function signIssuedToken(
  masterKeys: readonly MasterKey[],
  applicationId: string,
  claims: UserClaims,
  now: number,
): Promise<string> {
  const masterKey = masterKeys[0];
  if (masterKey === undefined) throw new Error('There is no master key to sign user tokens with');
  const payload: JWTPayload = {
    iss: ISSUER,
    aud: applicationId,
    sub: claims.username,
    groups: [...claims.groups],
    [CAN_CREATE_SECRETS_CLAIM]: claims.canCreateSecrets,
    iat: Math.floor(now / 1000),
    // With its milliseconds (RFC 7519 allows fractions): the token lives exactly as long as the caller asked for.
    exp: claims.expiresAt / 1000,
  };
  return new SignJWT(payload)
    .setProtectedHeader({ alg: ALGORITHM, typ: 'JWT', kid: masterKey.id })
    .sign(tokenKey(masterKey, applicationId));
}

/** The payload of a token that this server issued for the application, with any key of the ring. Throws jose's errors. */
export async function verifyIssuedToken(
  masterKeys: readonly MasterKey[],
  applicationId: string,
  token: string,
  now: number,
): Promise<JWTPayload> {
  const { payload } = await jwtVerify(
    token,
    (header) => {
      const masterKey = masterKeys.find((key) => key.id === header.kid);
      if (masterKey === undefined) throw new errors.JWKSNoMatchingKey();
      return tokenKey(masterKey, applicationId);
    },
    {
      algorithms: [ALGORITHM],
      issuer: ISSUER,
      audience: applicationId,
      requiredClaims: ['exp', 'sub'],
      currentDate: new Date(now),
    },
  );
  return payload;
}

/** A key of its own for each application: what is signed for one can never count in another. */
function tokenKey(masterKey: MasterKey, applicationId: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', masterKey.key, '', `keyhole user token ${applicationId}`, 32));
}
