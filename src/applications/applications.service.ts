import type { Kysely } from 'kysely';
import { parsePage, toPage } from '../database/keyset.ts';
import type { ApplicationUpdate, Database } from '../database/schema.ts';
import { forbidden, invalidParameter, notFound } from '../errors.ts';
import { isId } from '../ids.ts';
import { parseInput } from '../input.ts';
import type { Page, PageArguments } from '../page.ts';
import type { MasterKey } from '../secrets/master-keys.ts';
import type { Application, ApplicationCredential } from './application.ts';
import { mayManageApplication, requireApplication, requireOperator } from './application-access.ts';
import {
  applicationInputs,
  type CheckUrl,
  credentialInput,
  type UpdateApplication,
  userTokenInput,
} from './application-input.ts';
import * as store from './applications.store.ts';
import { type Authenticator, createAuthenticator } from './authenticator.ts';
import type { Caller } from './caller.ts';
import { MAX_TOKEN_LENGTH } from './caller-headers.ts';
import { createCredentialUse } from './credential-use.ts';
import { createOriginListing } from './origin-listing.ts';
import { createProviderKeys, type FetchJson } from './provider-keys.ts';
import {
  type IssuedCredential,
  issueCredential,
  type RegisteredApplication,
  registerApplication,
} from './registration.store.ts';
import { createUserTokens } from './user-token.ts';
import type { WarningLog } from './warning-log.ts';

export interface ApplicationsOptions {
  db: Kysely<Database>;
  /** Null where this deployment has no operator. */
  operatorToken: string | null;
  masterKeys: readonly MasterKey[];
  /** Fetches JWKS documents through the egress guard. */
  fetchJson: FetchJson;
  checkUrl: CheckUrl;
  log: WarningLog;
  /** Whether changes that other instances make are heard now; where they are not, the database is asked for every caller. */
  hearsChanges?: () => boolean;
  now?: () => number;
}

/**
 * Who may call, and the applications that callers act in. IDs are UUIDs; errors are `KeyholeError`s. The callers given
 * to its operations must be confirmed; `input` is what the client sent.
 */
export interface ApplicationsService extends Authenticator {
  create(caller: Caller, input: unknown): Promise<RegisteredApplication>;
  update(caller: Caller, id: string, input: unknown): Promise<Application>;
  createCredential(caller: Caller, applicationId: string, input: unknown): Promise<IssuedCredential>;
  /** At once, also where the caller itself uses it: nobody who named its client ID is a caller any more. */
  revokeCredential(caller: Caller, id: string): Promise<void>;
  issueToken(caller: Caller, input: unknown): Promise<{ token: string; expiresAt: Date }>;
  /** In the order of their making. */
  list(caller: Caller, page: PageArguments): Promise<Page<Application>>;
  find(caller: Caller, id: string): Promise<Application | null>;
  credentials(caller: Caller, applicationId: string): Promise<ApplicationCredential[]>;
  findCredential(caller: Caller, id: string): Promise<ApplicationCredential | null>;
  /** For preflights, which cannot name an application: whether any that is enabled lists the origin. A few seconds old at most where no change was heard. */
  originListedAnywhere(origin: string): Promise<boolean>;
  /** Writes what is left to write. */
  close(): Promise<void>;
}

/** The API lists them all at once. */
const MAX_CREDENTIALS = 100;

export function createApplicationsService(options: ApplicationsOptions): ApplicationsService {
  const { db, log, now = Date.now } = options;
  const inputs = applicationInputs(options.checkUrl);
  const userTokens = createUserTokens(options.masterKeys, createProviderKeys(options.fetchJson, log, now), now);
  const credentialUse = createCredentialUse((used, at) => store.markCredentialsUsed(db, used, at), log, now);
  const { operatorToken } = options;
  const authenticator = createAuthenticator({
    db,
    operatorToken,
    userTokens,
    credentialUse,
    mayUseCopies: options.hearsChanges ?? (() => true),
    now,
  });
  const origins = createOriginListing((origin) => store.originListed(db, origin), now);

  function invalidate(applicationId: string | null): void {
    authenticator.invalidate(applicationId);
    origins.forget();
  }

  return {
    ...authenticator,
    invalidate,

    async create(caller, input) {
      requireOperator(caller);
      const fields = parseInput(inputs.create, input);
      const registered = await db.transaction().execute((trx) =>
        registerApplication(trx, {
          name: fields.name,
          allowed_origins: fields.allowedOrigins ?? [],
          user_tokens: toJson(fields.userTokens),
          requests_per_minute: fields.requestsPerMinute ?? null,
        }),
      );
      invalidate(registered.application.id);
      return registered;
    },

    async update(caller, id, input) {
      requireOperator(caller);
      const changes = toChanges(parseInput(inputs.update, input));
      const nothing = Object.keys(changes).length === 0;
      const application = nothing
        ? await store.findApplication(db, id)
        : await store.updateApplication(db, id, changes);
      if (application === null) throw noApplication();
      invalidate(id);
      return application;
    },

    async createCredential(caller, applicationId, input) {
      requireManager(caller, applicationId);
      const { label } = parseInput(credentialInput, input);
      const issued = await db.transaction().execute(async (trx) => {
        if (!(await store.touchApplication(trx, applicationId))) throw noApplication();
        if ((await store.listCredentials(trx, applicationId)).length >= MAX_CREDENTIALS) {
          throw invalidParameter('input.applicationId', `An application has at most ${MAX_CREDENTIALS} credentials`);
        }
        return issueCredential(trx, applicationId, label ?? null);
      });
      invalidate(applicationId);
      return issued;
    },

    async revokeCredential(caller, id) {
      if (caller.kind !== 'OPERATOR') requireApplication(caller);
      const credential = await store.findCredential(db, id);
      if (credential === null || !mayManageApplication(caller, credential.applicationId)) throw noCredential();
      await db.transaction().execute(async (trx) => {
        await store.touchApplication(trx, credential.applicationId);
        if (!(await store.deleteCredential(trx, credential.applicationId, id))) throw noCredential();
      });
      invalidate(credential.applicationId);
    },

    async issueToken(caller, input) {
      requireApplication(caller);
      const { username, groups, canCreateSecrets, expiresIn } = parseInput(userTokenInput, input);
      const expiresAt = now() + expiresIn;
      const claims = { username, groups: groups ?? [], canCreateSecrets: canCreateSecrets ?? false, expiresAt };
      const token = await userTokens.issue(caller.application.id, claims);
      if (token.length > MAX_TOKEN_LENGTH) {
        throw invalidParameter(
          'input.groups',
          'input.groups are too long together for a token that fits into a header',
        );
      }
      return { token, expiresAt: new Date(expiresAt) };
    },

    async list(caller, args) {
      requireOperator(caller);
      const page = parsePage(args);
      return toPage(await store.listApplications(db, page), page, (application) => application.id);
    },

    async find(caller, id) {
      const visible = caller.kind === 'OPERATOR' || caller.application.id === id;
      return visible && isId(id) ? store.findApplication(db, id) : null;
    },

    async credentials(caller, applicationId) {
      requireManager(caller, applicationId);
      return store.listCredentials(db, applicationId);
    },

    async findCredential(caller, id) {
      const credential = isId(id) ? await store.findCredential(db, id) : null;
      return credential !== null && mayManageApplication(caller, credential.applicationId) ? credential : null;
    },

    originListedAnywhere: origins.isListed,
    close: () => credentialUse.flush(),
  };
}

/** Another's application is none to an APPLICATION; users and visitors manage none. */
function requireManager(caller: Caller, applicationId: string): void {
  if (caller.kind === 'USER' || caller.kind === 'VISITOR') {
    throw forbidden('Only the operator and the application itself may manage its credentials');
  }
  if (!mayManageApplication(caller, applicationId)) throw noApplication();
}

function noApplication(): Error {
  return notFound('There is no such application');
}

function noCredential(): Error {
  return notFound('There is no such credential');
}

/** Columns whose fields are undefined are left out: an update of nothing must change no revision. */
function toChanges({ userTokens, ...fields }: UpdateApplication): ApplicationUpdate {
  const changes: ApplicationUpdate = {};
  if (fields.name !== undefined) changes.name = fields.name;
  if (fields.enabled !== undefined) changes.enabled = fields.enabled;
  if (fields.allowedOrigins !== undefined) changes.allowed_origins = fields.allowedOrigins;
  if (userTokens !== undefined) changes.user_tokens = toJson(userTokens);
  if (fields.requestsPerMinute !== undefined) changes.requests_per_minute = fields.requestsPerMinute;
  return changes;
}

function toJson(value: object | null | undefined): string | null {
  return value === null || value === undefined ? null : JSON.stringify(value);
}
