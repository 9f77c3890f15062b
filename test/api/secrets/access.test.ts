import { describe, expect, it } from 'vitest';
import { secretsOf } from '../../support/client-secrets.ts';
import type { Headers } from '../../support/graphql.ts';
import { SECRET_VALUE, SUBMIT } from '../../support/secrets.ts';
import { shareServer } from '../../support/shared.ts';

const shared = shareServer();

/** An application with somebody of each kind, and a secret of ann's. */
async function startApplication(input: object = {}) {
  const app = await shared.server.createApplication();
  const ann = await app.asUser('ann', { canCreateSecrets: true });
  const secret = await secretsOf(shared.server, ann).create({ allowedUrls: [shared.thirdParty.origin], ...input });
  const stranger = await (await shared.server.createApplication()).asApplication;
  return { app, ann, secret, stranger, as: (headers: Headers) => secretsOf(shared.server, headers) };
}

async function use(headers: Headers): Promise<string> {
  const { errors } = await shared.server.post(headers, SUBMIT, {
    input: {
      clientSecretName: 'openai',
      url: `${shared.thirdParty.origin}/`,
      method: 'GET',
      headers: { authorization: 'Bearer $CLIENT_SECRET' },
    },
  });
  return errors[0] === undefined ? 'ok' : `${errors[0].extensions.code}: ${errors[0].message}`;
}

describe('using', () => {
  it('a secret that is not locked and has nobody listed is for anybody who names the application', async () => {
    const { app, ann, stranger } = await startApplication();
    for (const headers of [ann, app.asApplication, await app.asUser('bob'), app.asVisitor()]) {
      expect(await use(headers)).toBe('ok');
    }
    expect(await use(stranger)).toMatch(/^NOT_FOUND/);
  });

  it('a locked one is for users and the application, and asks a visitor to log in', async () => {
    const { app, ann } = await startApplication({ locked: true });
    for (const headers of [ann, app.asApplication, await app.asUser('bob')]) expect(await use(headers)).toBe('ok');
    expect(await use(app.asVisitor())).toMatch(/^UNAUTHENTICATED: .*log in to use it/i);
  });

  it('one with users or groups listed is for those, the owner and the application alone', async () => {
    const { app, ann } = await startApplication({
      usersAllowed: [{ username: 'bob' }],
      groupsAllowed: [{ name: 'staff', canEdit: true }],
    });
    const carl = await app.asUser('carl', { groups: ['staff'] });
    for (const headers of [ann, app.asApplication, await app.asUser('bob'), carl])
      expect(await use(headers)).toBe('ok');
    const denied = await use(await app.asUser('carl', { groups: ['Staff'] }));
    expect(denied).toMatch(/^NOT_FOUND/);
    expect(await use(app.asVisitor('visitor-bob-0123456789'))).toBe(denied);
  });

  it('one that may not be used gets the answer of one that is not there', async () => {
    const { app, secret, as } = await startApplication({ usersAllowed: [{ username: 'bob' }] });
    const denied = await use(await app.asUser('dan'));
    await as(app.asApplication).remove(secret.id);
    expect(await use(await app.asUser('dan'))).toBe(denied);
    expect(await use(app.asApplication)).toBe(denied);
  });

  it('one that is disabled is SECRET_DISABLED, and not for those who may not use it', async () => {
    const { app, ann, secret, as } = await startApplication({ usersAllowed: [{ username: 'bob' }] });
    await as(ann).change('disable', { id: secret.id });
    expect(await use(app.asApplication)).toMatch(/^SECRET_DISABLED/);
    expect(await use(await app.asUser('dan'))).toMatch(/^NOT_FOUND/);
    await as(ann).change('enable', { id: secret.id });
    expect(await use(app.asApplication)).toBe('ok');
  });
});

describe('viewing', () => {
  it('is for the owner, the application, and users and groups that are listed', async () => {
    const { app, ann, stranger, as } = await startApplication({
      usersAllowed: [{ username: 'bob', canEdit: true }],
      groupsAllowed: [{ name: 'staff' }],
    });
    const seen = async (headers: Headers) => (await as(headers).find('openai'))?.viewerCanEdit;
    expect(await seen(ann)).toBe(true);
    expect(await seen(app.asApplication)).toBe(true);
    expect(await seen(await app.asUser('bob'))).toBe(true);
    expect(await seen(await app.asUser('carl', { groups: ['staff'] }))).toBe(false);
    for (const headers of [await app.asUser('dan'), app.asVisitor(), stranger]) {
      expect(await as(headers).find('openai')).toBeNull();
      expect(await as(headers).names()).toEqual([]);
    }
    for (const headers of [ann, app.asApplication, await app.asUser('bob')]) {
      expect(await as(headers).names()).toEqual(['openai']);
    }
  });

  it('of a secret that everybody may use is for its owner and the application alone', async () => {
    const { app, as } = await startApplication();
    expect(await as(await app.asUser('dan')).find('openai')).toBeNull();
    expect(await as(app.asVisitor()).find('openai')).toBeNull();
  });
});

describe('editing', () => {
  const GUARDED = {
    allowedUrls: ['https://evil.test'],
    allowedMethods: ['POST'],
    allowedPlacements: ['DATA'],
    locked: true,
    usersAllowed: [],
    groupsAllowed: [],
  };

  it('with canEdit includes all but what would let the value out', async () => {
    const { app, secret, as } = await startApplication({
      usersAllowed: [{ username: 'bob', canEdit: true }],
      groupsAllowed: [{ name: 'staff', canEdit: true }],
    });
    const { id } = secret;
    for (const headers of [await app.asUser('bob'), await app.asUser('carl', { groups: ['staff'] })]) {
      const editor = as(headers);
      expect(await editor.change('update', { id, notes: 'mine', tags: ['t'], clientId: 'c' })).toMatchObject({
        notes: 'mine',
      });
      await editor.change('rotate', { id, clientSecret: SECRET_VALUE });
      expect(await editor.change('disable', { id })).toMatchObject({ enabled: false });
      expect(await editor.change('enable', { id })).toMatchObject({ enabled: true });
      for (const [field, value] of Object.entries(GUARDED)) {
        expect(await editor.refusal('update', { id, [field]: value }), field).toBe('FORBIDDEN');
        if (!['locked', 'allowedUrls'].includes(field)) {
          expect(await editor.refusal('update', { id, [field]: null }), field).toBe('FORBIDDEN');
        }
      }
      expect(await editor.remove(id)).toBe('FORBIDDEN');
    }
  });

  it('is FORBIDDEN to those who may look and no more', async () => {
    const { app, secret, as } = await startApplication({ usersAllowed: [{ username: 'bob' }] });
    const { id } = secret;
    const viewer = as(await app.asUser('bob'));
    expect(await viewer.refusal('update', { id, notes: 'x' })).toBe('FORBIDDEN');
    expect(await viewer.refusal('rotate', { id, clientSecret: SECRET_VALUE })).toBe('FORBIDDEN');
    expect(await viewer.refusal('enable', { id })).toBe('FORBIDDEN');
    expect(await viewer.refusal('disable', { id })).toBe('FORBIDDEN');
    expect(await viewer.remove(id)).toBe('FORBIDDEN');
  });

  it('is NOT_FOUND for anybody else', async () => {
    const { app, secret, stranger, as } = await startApplication();
    const { id } = secret;
    for (const headers of [await app.asUser('dan', { canCreateSecrets: true }), app.asVisitor(), stranger]) {
      const nobody = as(headers);
      expect(await nobody.refusal('update', { id, notes: 'x' })).toBe('NOT_FOUND');
      expect(await nobody.refusal('rotate', { id, clientSecret: SECRET_VALUE })).toBe('NOT_FOUND');
      expect(await nobody.refusal('disable', { id })).toBe('NOT_FOUND');
      expect(await nobody.remove(id)).toBe('NOT_FOUND');
    }
  });

  it('of everything is for the owner and the application', async () => {
    const { app, ann, secret, as } = await startApplication();
    const { id } = secret;
    for (const headers of [ann, app.asApplication]) {
      expect(await as(headers).change('update', { id, ...GUARDED })).toMatchObject(GUARDED);
    }
    expect(await as(ann).remove(id)).toBe('none');
  });

  it("of the application's own is not for its users, whatever they are called", async () => {
    const { app, as } = await startApplication();
    const { id, owner } = await as(app.asApplication).create({ name: 'of the backend' });
    expect(owner).toBeNull();
    for (const name of ['null', 'undefined', 'application']) {
      expect(await as(await app.asUser(name)).remove(id)).toBe('NOT_FOUND');
    }
  });
});
