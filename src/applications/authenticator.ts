import type { Kysely } from 'kysely';
import { createLru } from '../cache.ts';
import type { Database } from '../database/schema.ts';
import type { Application, UserTokenVerification } from './application.ts';
import { findByClientId, findByCredential, type RegisteredClient } from './applications.store.ts';
import type { Caller, TenantCaller } from './caller.ts';
import type { CallerClaim } from './caller-headers.ts';
import { type CallerWatch, createCallerWatch } from './caller-watch.ts';
import type { CredentialUse } from './credential-use.ts';
import { credentialMatches, hashCredential, NO_CREDENTIAL_HASH } from './credentials.ts';
import { originRefused } from './origins.ts';
import { credentialsRefused, unauthenticated } from './refusals.ts';
import { tokenExpired } from './user-claims.ts';
import type { UserTokens } from './user-token.ts';

export interface Authenticator {
  /**
   * Who a claim proves to be; throws UNAUTHENTICATED. The application may be a copy, a little old: what decides by it is
   * either conditional on its revision, or calls `confirm` first.
   */
  authenticate(claim: CallerClaim): Promise<Caller>;
  /**
   * The caller as the database has it now: the same one, or one with a newer application. Throws UNAUTHENTICATED when its
   * credential was revoked, its application disabled, or its token has expired since; FORBIDDEN when the page that it
   * calls from is not listed any more.
   */
  confirm(caller: Caller): Promise<Caller>;
  /** As `confirm`, of callers within an application. */
  confirmTenant(caller: TenantCaller): Promise<TenantCaller>;
  /** Calls back when `confirm` would refuse the caller, expiry of its token aside. The result calls it off. */
  watch: CallerWatch['watch'];
  /** It has changed: drops every copy of the application, and looks at who is watched; of all of them for null. */
  invalidate(applicationId: string | null): void;
}

export interface AuthenticatorOptions {
  db: Kysely<Database>;
  /** Null where this deployment has no operator. */
  operatorToken: string | null;
  userTokens: UserTokens;
  credentialUse: CredentialUse;
  /** Copies may be used: whatever changes is heard. */
  mayUseCopies: () => boolean;
  now: () => number;
}

const MAX_CLIENTS = 10_000;

export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const { db, userTokens, credentialUse, mayUseCopies, now } = options;
  const operatorTokenHash = options.operatorToken === null ? NO_CREDENTIAL_HASH : hashCredential(options.operatorToken);
  // Enabled applications alone, by client ID.
  const clients = createLru<string, RegisteredClient>(MAX_CLIENTS);

  /**
   * The client of this ID, if the application is enabled and the client secret, where there is one, is right. A refusal is
   * always one look into the database and two comparisons, whichever of the three faults it has.
   */
  async function findClient(clientId: string, clientSecret: string | null): Promise<RegisteredClient> {
    const copy = clients.get(clientId);
    const copyMatches = secretMatches(clientSecret, copy);
    if (copy !== undefined && copyMatches && mayUseCopies()) return copy;
    const client = (await findByClientId(db, clientId)) ?? undefined;
    const matches = secretMatches(clientSecret, client);
    if (client === undefined || !matches || !client.application.enabled) throw credentialsRefused();
    clients.set(clientId, client);
    return client;
  }

  async function authenticateTenant(claim: Exclude<CallerClaim, { kind: 'OPERATOR' }>): Promise<Caller> {
    const clientSecret = claim.kind === 'APPLICATION' ? claim.clientSecret : null;
    const { application, credentialId } = await findClient(claim.clientId, clientSecret);
    const claims = claim.kind === 'USER' ? await userTokens.verify(application, claim.token) : null;
    credentialUse.note({ applicationId: application.id, credentialId });
    if (claims !== null) return { kind: 'USER', application, credentialId, ...claims };
    if (claim.kind === 'VISITOR') return { kind: 'VISITOR', application, credentialId, visitorId: claim.visitorId };
    return { kind: 'APPLICATION', application, credentialId };
  }

  function dropCopies(applicationId: string | null): void {
    clients.deleteWhere((client) => applicationId === null || client.application.id === applicationId);
  }

  function find(caller: TenantCaller): Promise<Application | null> {
    return findByCredential(db, caller.application.id, caller.credentialId);
  }

  async function confirmTenant(caller: TenantCaller): Promise<TenantCaller> {
    if (caller.kind === 'USER' && caller.expiresAt <= now()) throw tokenExpired();
    const application = await find(caller);
    if (application?.revision === caller.application.revision) return caller;
    dropCopies(caller.application.id);
    return callerBy(caller, application);
  }

  const { watch, changed } = createCallerWatch(find, callerBy);

  return {
    async authenticate(claim) {
      if (claim.kind !== 'OPERATOR') return authenticateTenant(claim);
      if (!credentialMatches(claim.token, operatorTokenHash)) {
        throw unauthenticated('Operator token wrong; a user token needs X-Client-Id beside it');
      }
      return { kind: 'OPERATOR' };
    },
    confirm: async (caller) => (caller.kind === 'OPERATOR' ? caller : confirmTenant(caller)),
    confirmTenant,
    watch,
    invalidate(applicationId) {
      dropCopies(applicationId);
      changed(applicationId);
    },
  };
}

/** True without a client secret to check; the comparison is made all the same where there is no client. */
function secretMatches(clientSecret: string | null, client: RegisteredClient | undefined): boolean {
  return clientSecret === null || credentialMatches(clientSecret, client?.clientSecretHash ?? NO_CREDENTIAL_HASH);
}

/** The caller by an application that has changed since; null: it, or the credential, is gone. */
function callerBy(caller: TenantCaller, application: Application | null): TenantCaller {
  if (application === null || !application.enabled) throw credentialsRefused();
  if (caller.kind === 'USER' && !sameVerification(application.userTokens, caller.application.userTokens)) {
    throw unauthenticated('How user tokens are verified has changed: send the token again');
  }
  if (caller.pageOrigin !== undefined && !application.allowedOrigins.includes(caller.pageOrigin)) {
    throw originRefused();
  }
  return { ...caller, application };
}

function sameVerification(a: UserTokenVerification | null, b: UserTokenVerification | null): boolean {
  return a?.issuer === b?.issuer && a?.audience === b?.audience && a?.jwksUrl === b?.jwksUrl;
}
