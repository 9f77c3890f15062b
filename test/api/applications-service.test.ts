import { createSecretKey, randomBytes } from 'node:crypto';
import type { Kysely } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApplicationsService, createApplicationsService } from '../../src/applications/applications.service.ts';
import type { ApplicationCaller, Caller, OperatorCaller, VisitorCaller } from '../../src/applications/caller.ts';
import { generateOperatorToken } from '../../src/applications/credentials.ts';
import { provisionDefault, type RegisteredApplication } from '../../src/applications/registration.store.ts';
import type { Database } from '../../src/database/schema.ts';
import { EgressRefusal } from '../../src/egress/egress-refusal.ts';
import { newId } from '../../src/ids.ts';
import { type OpenedTestDatabase, openTestDatabase } from '../support/databases.ts';

const OPERATOR: OperatorCaller = { kind: 'OPERATOR' };
const OPERATOR_TOKEN = generateOperatorToken();
const REFUSED = { code: 'UNAUTHENTICATED', message: 'Client ID not registered or client secret wrong' };
const PROVIDER = { issuer: 'https://idp.example', audience: 'shop', jwksUrl: 'https://idp.example/jwks' };

let database: OpenedTestDatabase;
let clock: number;
const masterKeys = [{ id: 'k1', key: createSecretKey(randomBytes(32)) }];

beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

/** One instance of the server, with caches of its own. */
function startInstance(
  operatorToken: string | null = OPERATOR_TOKEN,
  db: Kysely<Database> = database.handle.kysely,
): ApplicationsService {
  clock = Date.now();
  return createApplicationsService({
    db,
    operatorToken,
    masterKeys,
    fetchJson: async () => ({ keys: [] }),
    checkUrl(url) {
      if (!url.startsWith('https:')) throw new EgressRefusal('SCHEME');
    },
    log: { warn() {} },
    now: () => clock,
  });
}

function asApplication(
  service: ApplicationsService,
  made: { clientId: string; clientSecret: string },
): Promise<Caller> {
  const { clientId, clientSecret } = made;
  return service.authenticate({ kind: 'APPLICATION', clientId, clientSecret });
}

async function applicationCaller(
  service: ApplicationsService,
  made: RegisteredApplication,
): Promise<ApplicationCaller> {
  const caller = await asApplication(service, made);
  if (caller.kind !== 'APPLICATION') throw new Error('It is another kind of caller');
  return caller;
}

async function visitorCaller(service: ApplicationsService, clientId: string): Promise<VisitorCaller> {
  const caller = await service.authenticate({ kind: 'VISITOR', clientId, visitorId: null });
  if (caller.kind !== 'VISITOR') throw new Error('It is another kind of caller');
  return caller;
}

async function userCaller(service: ApplicationsService, made: RegisteredApplication): Promise<Caller> {
  const { token } = await service.issueToken(await applicationCaller(service, made), { username: 'ada' });
  return service.authenticate({ kind: 'USER', clientId: made.clientId, token });
}

describe('the first start', () => {
  it('makes the application `default` where there is none, once', async () => {
    const made = await provisionDefault(database.handle.kysely);
    if (made === null) throw new Error('It made none');
    const caller = await asApplication(startInstance(), made);
    expect(caller).toMatchObject({ kind: 'APPLICATION', application: { name: 'default', allowedOrigins: [] } });
    expect(await provisionDefault(database.handle.kysely)).toBeNull();
  });
});

describe('proving who calls', () => {
  it('knows the operator by the token alone', async () => {
    const service = startInstance();
    expect(await service.authenticate({ kind: 'OPERATOR', token: OPERATOR_TOKEN })).toEqual(OPERATOR);
    const wrong = service.authenticate({ kind: 'OPERATOR', token: `${OPERATOR_TOKEN}x` });
    await expect(wrong).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    const none = startInstance(null).authenticate({ kind: 'OPERATOR', token: OPERATOR_TOKEN });
    await expect(none).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it('answers an unknown client ID, a disabled application and a wrong client secret alike', async () => {
    const service = startInstance();
    const made = await service.create(OPERATOR, { name: 'shop' });
    const other = await service.create(OPERATOR, { name: 'other' });
    await asApplication(service, made);
    await expect(asApplication(service, { ...made, clientSecret: other.clientSecret })).rejects.toMatchObject(REFUSED);
    await expect(asApplication(service, { ...made, clientId: 'kh_unknown' })).rejects.toMatchObject(REFUSED);
    await service.update(OPERATOR, made.application.id, { enabled: false });
    await expect(asApplication(service, made)).rejects.toMatchObject(REFUSED);
    await expect(visitorCaller(service, made.clientId)).rejects.toMatchObject(REFUSED);
    await expect(visitorCaller(service, 'kh_unknown')).rejects.toMatchObject(REFUSED);
    await service.update(OPERATOR, made.application.id, { enabled: true });
    expect((await asApplication(service, made)).kind).toBe('APPLICATION');
  });

  it('asks the database once for each of these refusals, so that time tells nothing either', async () => {
    const asked: string[] = [];
    const watched = database.handle.kysely.withPlugin({
      transformQuery({ node }) {
        asked.push(node.kind);
        return node;
      },
      transformResult: async ({ result }) => result,
    });
    const service = startInstance(OPERATOR_TOKEN, watched);
    const made = await service.create(OPERATOR, { name: 'shop' });
    const disabled = await service.create(OPERATOR, { name: 'disabled' });
    await service.update(OPERATOR, disabled.application.id, { enabled: false });
    await asApplication(service, made);
    await service.close();
    for (const claim of [{ ...made, clientSecret: 'khs_wrong' }, disabled, { ...made, clientId: 'kh_unknown' }]) {
      asked.length = 0;
      await expect(asApplication(service, claim)).rejects.toMatchObject(REFUSED);
      expect(asked).toEqual(['SelectQueryNode']);
    }
  });

  it('knows a user by a token that the application had issued', async () => {
    const service = startInstance();
    const made = await service.create(OPERATOR, { name: 'shop' });
    const caller = await applicationCaller(service, made);
    const { token, expiresAt } = await service.issueToken(caller, {
      username: 'ada',
      groups: ['staff'],
      canCreateSecrets: true,
      expiresIn: 1_000,
    });
    expect(expiresAt.getTime()).toBe(clock + 1_000);
    const user = await service.authenticate({ kind: 'USER', clientId: made.clientId, token });
    expect(user).toMatchObject({ kind: 'USER', username: 'ada', groups: ['staff'], canCreateSecrets: true });
    clock += 1_000;
    await expect(service.confirm(user)).rejects.toThrow('User token expired');
  });

  it("refuses one application's user in another", async () => {
    const service = startInstance();
    const made = await service.create(OPERATOR, { name: 'shop' });
    const other = await service.create(OPERATOR, { name: 'other' });
    const { token } = await service.issueToken(await applicationCaller(service, made), { username: 'ada' });
    const claim = { kind: 'USER', clientId: other.clientId, token } as const;
    await expect(service.authenticate(claim)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it('says when a credential was last used', async () => {
    const service = startInstance();
    const made = await service.create(OPERATOR, { name: 'shop' });
    await visitorCaller(service, made.clientId);
    await service.close();
    const [credential] = await service.credentials(OPERATOR, made.application.id);
    expect(credential?.lastUsedAt).toEqual(new Date(clock));
    expect((await service.find(OPERATOR, made.application.id))?.revision).toBe(made.application.revision);
  });
});

describe('confirming a caller whose application another instance changed', () => {
  it('gives the application as it is now', async () => {
    const [here, there] = [startInstance(), startInstance()];
    const made = await there.create(OPERATOR, { name: 'shop' });
    const visitor = await visitorCaller(here, made.clientId);
    expect(await here.confirm(visitor)).toBe(visitor);
    await there.update(OPERATOR, made.application.id, { allowedOrigins: ['https://app.example'] });
    const confirmed = await here.confirmTenant(visitor);
    expect(confirmed.application.allowedOrigins).toEqual(['https://app.example']);
    expect((await visitorCaller(here, made.clientId)).application.revision).toBe(confirmed.application.revision);
  });

  it('ends every caller of a disabled application', async () => {
    const [here, there] = [startInstance(), startInstance()];
    const made = await there.create(OPERATOR, { name: 'shop' });
    const callers = [await applicationCaller(here, made), await visitorCaller(here, made.clientId)];
    await there.update(OPERATOR, made.application.id, { enabled: false });
    for (const caller of callers) await expect(here.confirm(caller)).rejects.toMatchObject(REFUSED);
    await expect(visitorCaller(here, made.clientId)).rejects.toMatchObject(REFUSED);
  });

  it('ends the callers of a revoked credential and no others', async () => {
    const [here, there] = [startInstance(), startInstance()];
    const made = await there.create(OPERATOR, { name: 'shop' });
    const second = await there.createCredential(OPERATOR, made.application.id, { label: 'second' });
    const [first] = await there.credentials(OPERATOR, made.application.id);
    const ended = [
      await applicationCaller(here, made),
      await visitorCaller(here, made.clientId),
      await userCaller(here, made),
    ];
    const staying = await asApplication(here, second);
    await there.revokeCredential(OPERATOR, first?.id ?? '');
    for (const caller of ended) await expect(here.confirm(caller)).rejects.toMatchObject(REFUSED);
    expect((await here.confirm(staying)).kind).toBe('APPLICATION');
    await expect(asApplication(here, made)).rejects.toMatchObject(REFUSED);
  });

  it('asks a user for the token again when the way of verifying it has changed', async () => {
    const [here, there] = [startInstance(), startInstance()];
    const made = await there.create(OPERATOR, { name: 'shop' });
    const user = await userCaller(here, made);
    await there.update(OPERATOR, made.application.id, { requestsPerMinute: 10 });
    const confirmed = await here.confirm(user);
    await there.update(OPERATOR, made.application.id, { userTokens: PROVIDER });
    await expect(here.confirm(confirmed)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });
});

describe('managing applications', () => {
  it('keeps what is given, and clears what is null', async () => {
    const service = startInstance();
    const input = {
      name: 'shop',
      allowedOrigins: ['HTTPS://App.Example:443', 'https://app.example'],
      userTokens: PROVIDER,
      requestsPerMinute: 5,
    };
    const { application } = await service.create(OPERATOR, input);
    expect(application).toMatchObject({ ...input, allowedOrigins: ['https://app.example'], enabled: true });
    expect(await service.find(OPERATOR, application.id)).toEqual(application);
    const changes = { userTokens: null, requestsPerMinute: null, allowedOrigins: null };
    expect(await service.update(OPERATOR, application.id, changes)).toMatchObject({
      name: 'shop',
      userTokens: null,
      requestsPerMinute: null,
      allowedOrigins: [],
    });
  });

  it('changes nothing with an update of nothing', async () => {
    const service = startInstance();
    const { application } = await service.create(OPERATOR, { name: 'shop' });
    expect(await service.update(OPERATOR, application.id, {})).toEqual(application);
  });

  it.each<[string, Record<string, unknown>]>([
    ['input.name', { name: '' }],
    ['input.name', { name: null }],
    ['input.name', { name: 'a\0b' }],
    ['input.name', { name: 'a'.repeat(256) }],
    ['input.enabled', { enabled: null }],
    ['input.allowedOrigins[1]', { allowedOrigins: ['https://app.example', '*'] }],
    ['input.allowedOrigins[0]', { allowedOrigins: ['https://app.example/path'] }],
    ['input.requestsPerMinute', { requestsPerMinute: 0 }],
    ['input.userTokens.issuer', { userTokens: { ...PROVIDER, issuer: '' } }],
    ['input.userTokens.audience', { userTokens: { ...PROVIDER, audience: '' } }],
    ['input.userTokens.jwksUrl', { userTokens: { ...PROVIDER, jwksUrl: 'http://idp.example/jwks' } }],
  ])('refuses a bad %s', async (parameter, changes) => {
    const service = startInstance();
    const { application } = await service.create(OPERATOR, { name: 'shop' });
    const update = service.update(OPERATOR, application.id, changes);
    await expect(update).rejects.toMatchObject({ code: 'INVALID_PARAMETER', details: { parameter } });
    expect(await service.find(OPERATOR, application.id)).toEqual(application);
  });

  it.each([
    ['input.username', { username: '' }],
    ['input.groups[1]', { username: 'ada', groups: ['staff', ''] }],
    ['input.groups', { username: 'ada', groups: Array.from({ length: 100 }, (_, i) => `${i}`.padEnd(255, 'x')) }],
    ['input.expiresIn', { username: 'ada', expiresIn: 999 }],
    ['input.expiresIn', { username: 'ada', expiresIn: 86_400_001 }],
  ])('issues no token with a bad %s', async (parameter, input) => {
    const service = startInstance();
    const caller = await applicationCaller(service, await service.create(OPERATOR, { name: 'shop' }));
    const issuing = service.issueToken(caller, input);
    await expect(issuing).rejects.toMatchObject({ code: 'INVALID_PARAMETER', details: { parameter } });
  });

  it('is for the operator; its own credentials are for the application too', async () => {
    const service = startInstance();
    const made = await service.create(OPERATOR, { name: 'shop' });
    const other = await service.create(OPERATOR, { name: 'other' });
    const [others] = await service.credentials(OPERATOR, other.application.id);
    const caller = await applicationCaller(service, made);
    const { id } = made.application;
    const FORBIDDEN = { code: 'FORBIDDEN' };
    const NOT_FOUND = { code: 'NOT_FOUND' };

    await expect(service.create(caller, { name: 'mine' })).rejects.toMatchObject(FORBIDDEN);
    await expect(service.update(caller, id, { name: 'mine' })).rejects.toMatchObject(FORBIDDEN);
    await expect(service.list(caller, {})).rejects.toMatchObject(FORBIDDEN);
    await expect(service.issueToken(OPERATOR, { username: 'ada' })).rejects.toMatchObject(FORBIDDEN);
    await expect(service.createCredential(caller, other.application.id, {})).rejects.toMatchObject(NOT_FOUND);
    await expect(service.revokeCredential(caller, others?.id ?? '')).rejects.toMatchObject(NOT_FOUND);
    await expect(service.credentials(caller, other.application.id)).rejects.toMatchObject(NOT_FOUND);
    expect(await service.find(caller, other.application.id)).toBeNull();
    expect(await service.findCredential(caller, others?.id ?? '')).toBeNull();
    for (const nobody of [await visitorCaller(service, made.clientId), await userCaller(service, made)]) {
      await expect(service.credentials(nobody, id)).rejects.toMatchObject(FORBIDDEN);
      await expect(service.createCredential(nobody, id, {})).rejects.toMatchObject(FORBIDDEN);
      await expect(service.revokeCredential(nobody, nobody.kind)).rejects.toMatchObject(FORBIDDEN);
      await expect(service.issueToken(nobody, { username: 'eve' })).rejects.toMatchObject(FORBIDDEN);
    }

    const { credential, clientId } = await service.createCredential(caller, id, { label: 'spare' });
    expect(credential).toMatchObject({ applicationId: id, label: 'spare', clientId, lastUsedAt: null });
    expect(await service.findCredential(caller, credential.id)).toEqual(credential);
    const confirmed = await service.confirm(caller);
    await service.revokeCredential(confirmed, credential.id);
    expect((await service.credentials(confirmed, id)).map((kept) => kept.id)).toEqual([caller.credentialId]);
  });

  it('finds nothing by an ID of nothing', async () => {
    const service = startInstance();
    for (const id of [newId(), '']) {
      expect(await service.find(OPERATOR, id)).toBeNull();
      expect(await service.findCredential(OPERATOR, id)).toBeNull();
    }
    const NOT_FOUND = { code: 'NOT_FOUND' };
    await expect(service.update(OPERATOR, newId(), { name: 'shop' })).rejects.toMatchObject(NOT_FOUND);
    await expect(service.createCredential(OPERATOR, newId(), {})).rejects.toMatchObject(NOT_FOUND);
    await expect(service.revokeCredential(OPERATOR, newId())).rejects.toMatchObject(NOT_FOUND);
  });

  it('lists applications in the order of their making, forwards and backwards', async () => {
    const service = startInstance();
    const made: string[] = [];
    for (const name of ['one', 'two', 'three']) made.push((await service.create(OPERATOR, { name })).application.id);
    const last = await service.list(OPERATOR, { last: 3 });
    expect(last.edges.map((edge) => edge.node.id)).toEqual(made);
    expect(last.hasPreviousPage).toBe(true);
    const after = await service.list(OPERATOR, { first: 1, after: last.edges[0]?.cursor });
    expect(after.edges.map((edge) => edge.node.name)).toEqual(['two']);
    expect(after.hasNextPage).toBe(true);
  });

  it('knows for preflights which origins any enabled application lists', async () => {
    const service = startInstance();
    const { application } = await service.create(OPERATOR, {
      name: 'shop',
      allowedOrigins: ['https://listed.example'],
    });
    expect(await service.originListedAnywhere('https://listed.example')).toBe(true);
    expect(await service.originListedAnywhere('https://unlisted.example')).toBe(false);
    await service.update(OPERATOR, application.id, { allowedOrigins: ['https://unlisted.example'] });
    expect(await service.originListedAnywhere('https://listed.example')).toBe(false);
    expect(await service.originListedAnywhere('https://unlisted.example')).toBe(true);
    await service.update(OPERATOR, application.id, { enabled: false });
    expect(await service.originListedAnywhere('https://unlisted.example')).toBe(false);
    await service.create(OPERATOR, { name: 'another', allowedOrigins: ['https://unlisted.example'] });
    expect(await service.originListedAnywhere('https://unlisted.example')).toBe(true);
  });

  it('knows them a few seconds later where nobody told it of the change, and at once where it is told', async () => {
    const [service, other] = [startInstance(), startInstance()];
    const { application } = await service.create(OPERATOR, { name: 'shop', allowedOrigins: ['https://a.example'] });
    expect(await other.originListedAnywhere('https://a.example')).toBe(true);
    await service.update(OPERATOR, application.id, { allowedOrigins: ['https://b.example'] });
    expect(await other.originListedAnywhere('https://a.example')).toBe(true);
    clock += 5_000;
    expect(await other.originListedAnywhere('https://a.example')).toBe(false);
    await service.update(OPERATOR, application.id, { allowedOrigins: ['https://a.example'] });
    other.invalidate(application.id);
    expect(await other.originListedAnywhere('https://a.example')).toBe(true);
  });

  it('keeps client secrets as hashes alone', async () => {
    const service = startInstance();
    const { clientSecret } = await service.create(OPERATOR, { name: 'shop' });
    const rows = await database.handle.kysely.selectFrom('application_credentials').selectAll().execute();
    expect(rows.length).toBeGreaterThan(0);
    expect(JSON.stringify(rows)).not.toContain(clientSecret);
  });
});
