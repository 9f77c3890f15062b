import { describe, expect, it } from 'vitest';
import { secretsOf } from '../../support/client-secrets.ts';
import { SECRET_VALUE } from '../../support/secrets.ts';
import { shareServer } from '../../support/shared.ts';

const shared = shareServer();

async function startApplication() {
  const app = await shared.server.createApplication();
  return { app, secrets: secretsOf(shared.server, app.asApplication) };
}

describe('a client secret', () => {
  it('is shown with all that was given, and never with its value', async () => {
    const { secrets } = await startApplication();
    const given = {
      name: 'openai',
      allowedUrls: ['https://api.openai.com/v1', 'https://*.openai.com'],
      clientId: 'my id',
      locked: true,
      allowedMethods: ['POST', 'GET'],
      allowedPlacements: ['DATA', 'HEADERS', 'PARAMS', 'URL'],
      identifierCode: 'CODE-1',
      tags: ['images', 'paid'],
      notes: 'first line\nsecond line',
      usersAllowed: [
        { username: 'ann', canEdit: true },
        { username: 'bob', canEdit: false },
      ],
      groupsAllowed: [{ name: 'staff', canEdit: false }],
    };
    const created = await secrets.create(given);
    expect(created).toEqual({
      ...given,
      id: expect.any(String),
      maskedSecret: expect.stringMatching(/^\W+b0a3$/),
      enabled: true,
      owner: null,
      version: 1,
      viewerCanEdit: true,
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      updatedAt: created.createdAt,
      lastUsedAt: null,
    });
    expect(await secrets.find('openai')).toEqual(created);
    expect(JSON.stringify(created)).not.toContain(SECRET_VALUE);
    expect(shared.server.log()).not.toContain(SECRET_VALUE);
  });

  it('has defaults for what is left out or null', async () => {
    const { secrets } = await startApplication();
    const defaults = {
      clientId: null,
      locked: false,
      allowedMethods: [],
      allowedPlacements: ['HEADERS'],
      identifierCode: null,
      tags: [],
      notes: null,
      usersAllowed: [],
      groupsAllowed: [],
    };
    expect(await secrets.create({ name: 'a' })).toMatchObject(defaults);
    const nulls = Object.fromEntries(Object.keys(defaults).map((field) => [field, null]));
    expect(await secrets.create({ name: 'b', ...nulls })).toMatchObject(defaults);
    expect(await secrets.create({ name: 'c', usersAllowed: [{ username: 'ann' }] })).toMatchObject({
      usersAllowed: [{ username: 'ann', canEdit: false }],
    });
  });

  it('shows the last four characters of a value of 16 and more, and nothing of a shorter one', async () => {
    const { secrets } = await startApplication();
    const masks = await Promise.all(
      ['12345678', '123456789abcdef', '123456789abcdefg'].map(
        async (clientSecret, index) => (await secrets.create({ name: `${index}`, clientSecret })).maskedSecret,
      ),
    );
    expect(masks.map((mask) => mask.replace(/\W/g, ''))).toEqual(['', '', 'defg']);
  });

  it('is refused with the path of what is wrong', async () => {
    const { secrets } = await startApplication();
    const input = { name: 'x', clientSecret: SECRET_VALUE, allowedUrls: ['https://api.test'] };
    const { id } = await secrets.create({ name: 'there' });
    const ofValue: [object, string][] = [
      [{ clientSecret: '1234567' }, 'input.clientSecret'],
      [{ clientSecret: '' }, 'input.clientSecret'],
      [{ clientSecret: '12345678\n' }, 'input.clientSecret'],
      [{ clientSecret: '1234\u00005678' }, 'input.clientSecret'],
      [{ clientSecret: '1234\u00855678' }, 'input.clientSecret'],
    ];
    const ofRest: [object, string][] = [
      [{ name: '' }, 'input.name'],
      [{ name: 'a\u0000b' }, 'input.name'],
      [{ allowedUrls: [] }, 'input.allowedUrls'],
      [{ allowedUrls: ['https://ok.test', 'http://api.test'] }, 'input.allowedUrls[1]'],
      [{ allowedUrls: ['https://api.test/?q=1'] }, 'input.allowedUrls[0]'],
      [{ allowedUrls: ['https://api.test/#f'] }, 'input.allowedUrls[0]'],
      [{ allowedUrls: ['https://u:p@api.test'] }, 'input.allowedUrls[0]'],
      [{ allowedUrls: ['https://a.*.test'] }, 'input.allowedUrls[0]'],
      [{ allowedUrls: ['https://*'] }, 'input.allowedUrls[0]'],
      [{ allowedUrls: ['https://*.com'] }, 'input.allowedUrls[0]'],
      [{ allowedUrls: ['api.test'] }, 'input.allowedUrls[0]'],
      [{ allowedUrls: [''] }, 'input.allowedUrls[0]'],
      [{ allowedUrls: ['https://api.test/a/../b'] }, 'input.allowedUrls[0]'],
      [{ allowedUrls: ['https://api.test/a%2fb'] }, 'input.allowedUrls[0]'],
      [{ allowedUrls: ['https://10.0.0.1'] }, 'input.allowedUrls[0]'],
      [{ allowedUrls: ['https://db.local'] }, 'input.allowedUrls[0]'],
      [{ allowedUrls: ['https://db.internal'] }, 'input.allowedUrls[0]'],
      [{ allowedUrls: ['https://api.test:5432'] }, 'input.allowedUrls[0]'],
      [{ allowedUrls: ['ftp://api.test'] }, 'input.allowedUrls[0]'],
      [{ allowedPlacements: [] }, 'input.allowedPlacements'],
      [{ clientId: '' }, 'input.clientId'],
      [{ identifierCode: '' }, 'input.identifierCode'],
      [{ tags: ['ok', ''] }, 'input.tags[1]'],
      [{ notes: 'a\u0000b' }, 'input.notes'],
      [{ usersAllowed: [{ username: '' }] }, 'input.usersAllowed[0].username'],
      [{ usersAllowed: [{ username: 'a' }, { username: 'a', canEdit: true }] }, 'input.usersAllowed[1]'],
      [{ groupsAllowed: [{ name: '' }] }, 'input.groupsAllowed[0].name'],
    ];
    for (const [fault, parameter] of [...ofValue, ...ofRest]) {
      const refusal = await secrets.refusal('create', { ...input, ...fault });
      expect(refusal, JSON.stringify(fault)).toBe(`INVALID_PARAMETER ${parameter}`);
    }
    for (const [fault, parameter] of ofValue) {
      expect(await secrets.refusal('rotate', { id, ...fault })).toBe(`INVALID_PARAMETER ${parameter}`);
    }
    for (const [fault, parameter] of ofRest) {
      expect(await secrets.refusal('update', { id, ...fault })).toBe(`INVALID_PARAMETER ${parameter}`);
    }
    expect(await secrets.names()).toEqual(['there']);
  });

  it('never has its value in the refusal of it', async () => {
    const { app } = await startApplication();
    const query =
      'mutation ($input: CreateClientSecretInput!) { createClientSecret(input: $input) { clientSecret { id } } }';
    const value = 'very-secret\u0007-value';
    for (const input of [
      { name: 'x', clientSecret: value, allowedUrls: ['https://api.test'] },
      { name: 'x', clientSecret: [value, value], allowedUrls: ['https://api.test'] },
      { name: 7, clientSecret: value },
    ]) {
      const { text } = await shared.server.post(app.asApplication, query, { input });
      expect(text).toMatch(/INVALID_PARAMETER|BAD_USER_INPUT/);
      expect(text).not.toContain('very-secret');
    }
    expect(shared.server.log()).not.toContain('very-secret');
  });

  it('has a name that is unique in its application, and a code that is unique for its owner', async () => {
    const { app, secrets } = await startApplication();
    const other = await startApplication();
    const ann = secretsOf(shared.server, await app.asUser('ann', { canCreateSecrets: true }));
    const input = { clientSecret: SECRET_VALUE, allowedUrls: ['https://api.test'] };
    await secrets.create({ name: 'one', identifierCode: 'code' });
    expect(await secrets.refusal('create', { ...input, name: 'one' })).toBe('ALREADY_EXISTS input.name');
    expect(await ann.refusal('create', { ...input, name: 'one' })).toBe('ALREADY_EXISTS input.name');
    expect(await secrets.refusal('create', { ...input, name: 'two', identifierCode: 'code' })).toBe(
      'ALREADY_EXISTS input.identifierCode',
    );
    await ann.create({ name: 'two', identifierCode: 'code' });
    await other.secrets.create({ name: 'one', identifierCode: 'code' });
    const { id } = await secrets.create({ name: 'three' });
    expect(await secrets.refusal('update', { id, name: 'one' })).toBe('ALREADY_EXISTS input.name');
    expect(await secrets.refusal('update', { id, identifierCode: 'code' })).toBe('ALREADY_EXISTS input.identifierCode');
    expect(await secrets.names()).toEqual(['one', 'two', 'three']);
  });
});
