import { describe, expect, it } from 'vitest';
import { secretsOf } from '../../support/client-secrets.ts';
import { SECRET_VALUE } from '../../support/secrets.ts';
import { shareServer } from '../../support/shared.ts';

const shared = shareServer();

async function startApplication() {
  const app = await shared.server.createApplication();
  return { app, secrets: secretsOf(shared.server, app.asApplication) };
}

describe('an update', () => {
  it('changes what it names, and keeps the rest', async () => {
    const { secrets } = await startApplication();
    const before = await secrets.create({ clientId: 'id', notes: 'notes', tags: ['a'], identifierCode: 'code' });
    const after = await secrets.change('update', { id: before.id, name: 'renamed', tags: ['b', 'c'] });
    expect(after).toEqual({ ...before, name: 'renamed', tags: ['b', 'c'], updatedAt: after.updatedAt });
    expect(await secrets.find('openai')).toBeNull();
  });

  it('clears an optional field with null, and refuses null for a required one', async () => {
    const { secrets } = await startApplication();
    const { id } = await secrets.create({
      clientId: 'id',
      notes: 'notes',
      tags: ['a'],
      identifierCode: 'code',
      allowedMethods: ['GET'],
      allowedPlacements: ['DATA'],
      usersAllowed: [{ username: 'ann' }],
      groupsAllowed: [{ name: 'staff' }],
    });
    const cleared = await secrets.change('update', {
      id,
      clientId: null,
      notes: null,
      tags: null,
      identifierCode: null,
      allowedMethods: null,
      allowedPlacements: null,
      usersAllowed: null,
      groupsAllowed: null,
    });
    expect(cleared).toMatchObject({
      clientId: null,
      notes: null,
      tags: [],
      identifierCode: null,
      allowedMethods: [],
      allowedPlacements: ['HEADERS'],
      usersAllowed: [],
      groupsAllowed: [],
    });
    for (const field of ['name', 'allowedUrls']) {
      expect(await secrets.refusal('update', { id, [field]: null })).toBe(`INVALID_PARAMETER input.${field}`);
    }
  });
});

describe('rotating, enabling and disabling', () => {
  it('grows the version with each rotation, and masks the new value', async () => {
    const { secrets } = await startApplication();
    const { id } = await secrets.create();
    expect(await secrets.change('rotate', { id, clientSecret: 'another-value-9876' })).toMatchObject({
      version: 2,
      maskedSecret: expect.stringMatching(/9876$/),
    });
    expect((await secrets.change('rotate', { id, clientSecret: 'another-value-9876' })).version).toBe(3);
  });

  it('succeeds when nothing changes', async () => {
    const { secrets } = await startApplication();
    const { id, updatedAt } = await secrets.create();
    expect(await secrets.change('enable', { id })).toMatchObject({ enabled: true, updatedAt });
    const disabled = await secrets.change('disable', { id });
    expect(disabled.enabled).toBe(false);
    expect(await secrets.change('disable', { id })).toEqual(disabled);
  });

  it('answers NOT_FOUND for what is not there, and for what is no ID of a client secret', async () => {
    const { app, secrets } = await startApplication();
    const { id } = await secrets.create();
    expect(await secrets.remove(id)).toBe('none');
    for (const gone of [id, app.id, 'nothing', '', `${id}x`]) {
      expect(await secrets.remove(gone), gone).toBe('NOT_FOUND');
      for (const name of ['enable', 'disable', 'update'] as const) {
        expect(await secrets.refusal(name, { id: gone })).toBe('NOT_FOUND');
      }
      expect(await secrets.refusal('rotate', { id: gone, clientSecret: SECRET_VALUE })).toBe('NOT_FOUND');
    }
    await secrets.create();
  });
});

describe('the list', () => {
  it('is narrowed by tag and by identifier code', async () => {
    const { secrets } = await startApplication();
    await secrets.create({ name: 'a', tags: ['x', 'y'] });
    await secrets.create({ name: 'b', tags: ['y'], identifierCode: 'code' });
    await secrets.create({ name: 'c' });
    expect(await secrets.names({ tag: 'y' })).toEqual(['a', 'b']);
    expect(await secrets.names({ identifierCode: 'code' })).toEqual(['b']);
    expect(await secrets.names({ tag: 'x', identifierCode: 'code' })).toEqual([]);
    expect(await secrets.names({ tag: null })).toEqual(['a', 'b', 'c']);
  });
});
