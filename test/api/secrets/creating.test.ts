import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ClientSecretsService } from '../../../src/secrets/client-secrets.service.ts';
import {
  inputOf,
  makeCallers,
  newMasterKey,
  refusalOf,
  startSecretsService,
  VALUE,
} from '../../support/client-secrets-service.ts';
import { type OpenedTestDatabase, openTestDatabase } from '../../support/databases.ts';

let database: OpenedTestDatabase;
let service: ClientSecretsService;

beforeAll(async () => {
  database = await openTestDatabase();
  service = startSecretsService(database, [newMasterKey()]);
});
afterAll(async () => {
  await service.close();
  await database.close();
});

function rowOf(id: string) {
  return database.handle.kysely.selectFrom('client_secrets').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
}

describe('creating', () => {
  test('keeps what was given, with defaults for the rest, and shows no value', async () => {
    const { backend } = await makeCallers(database);
    const secret = await service.create(backend, inputOf({ name: 'openai', notes: null, tags: ['a', 'b', 'a'] }));
    expect(secret).toMatchObject({
      applicationId: backend.application.id,
      name: 'openai',
      maskedSecret: '••••••••cdef',
      allowedUrls: ['https://api.test/v1'],
      allowedMethods: [],
      allowedPlacements: ['HEADERS'],
      locked: false,
      enabled: true,
      clientId: null,
      identifierCode: null,
      notes: null,
      tags: ['a', 'b'],
      owner: null,
      usersAllowed: [],
      groupsAllowed: [],
      version: 1,
      lastUsedAt: null,
    });
    expect(secret.createdAt).toBeInstanceOf(Date);
    expect(await service.findById(backend, secret.id)).toEqual(secret);
    expect(await service.findByName(backend, 'openai')).toEqual(secret);
    const row = JSON.stringify(await rowOf(secret.id));
    expect(row).not.toContain(VALUE);
    expect(row).not.toContain(Buffer.from(VALUE).toString('base64'));
  });

  test("makes a user's secret the user's", async () => {
    const { user } = await makeCallers(database);
    const secret = await service.create(user('ann'), inputOf({ usersAllowed: [{ username: 'bob', canEdit: null }] }));
    expect(secret).toMatchObject({ owner: 'ann', usersAllowed: [{ username: 'bob', canEdit: false }] });
  });

  test('is not for visitors, nor for users who may not create any', async () => {
    const { visitor, user } = await makeCallers(database);
    expect(await refusalOf(service.create(visitor, {}))).toBe('FORBIDDEN');
    expect(await refusalOf(service.create(user('ann', [], false), {}))).toBe('FORBIDDEN');
  });

  test('tells which name or identifier code is taken', async () => {
    const { backend, user } = await makeCallers(database);
    await service.create(backend, inputOf({ name: 'taken', identifierCode: 'code' }));
    expect(await refusalOf(service.create(user('ann'), inputOf({ name: 'taken' })))).toBe('ALREADY_EXISTS input.name');
    expect(await refusalOf(service.create(backend, inputOf({ identifierCode: 'code' })))).toBe(
      'ALREADY_EXISTS input.identifierCode',
    );
    // Another owner's codes are other codes, and so are another application's names.
    expect(await refusalOf(service.create(user('ann'), inputOf({ identifierCode: 'code' })))).toBe('none');
    expect(await refusalOf(service.create((await makeCallers(database)).backend, inputOf({ name: 'taken' })))).toBe(
      'none',
    );
  });

  test.each<[string, object]>([
    ['input.name', { name: '' }],
    ['input.name', { name: 'x'.repeat(256) }],
    ['input.name', { name: 'a\0b' }],
    ['input.name', { name: 'a\nb' }],
    ['input.name', { name: undefined }],
    ['input.clientSecret', { clientSecret: `${VALUE.slice(0, 7)}` }],
    ['input.clientSecret', { clientSecret: `${VALUE}\n` }],
    ['input.allowedUrls', { allowedUrls: [] }],
    ['input.allowedUrls', { allowedUrls: null }],
    ['input.allowedUrls[1]', { allowedUrls: ['https://api.test', 'http://api.test'] }],
    ['input.allowedUrls[0]', { allowedUrls: ['https://a.*.test'] }],
    ['input.allowedUrls[0]', { allowedUrls: [`https://api.test/${'x'.repeat(2048)}`] }],
    ['input.allowedMethods[0]', { allowedMethods: ['TRACE'] }],
    ['input.allowedPlacements', { allowedPlacements: [] }],
    ['input.clientId', { clientId: 'a\rb' }],
    ['input.clientId', { clientId: '' }],
    ['input.identifierCode', { identifierCode: '' }],
    ['input.tags[0]', { tags: [''] }],
    ['input.tags', { tags: Array.from({ length: 51 }, (_, index) => `tag ${index}`) }],
    ['input.notes', { notes: 'a\0b' }],
    ['input.notes', { notes: '\ud800' }],
    ['input.usersAllowed[1]', { usersAllowed: [{ username: 'ann' }, { username: 'ann', canEdit: true }] }],
    ['input.groupsAllowed[0].name', { groupsAllowed: [{ name: '' }] }],
  ])('refuses a wrong %s: %j', async (parameter, more) => {
    const { backend } = await makeCallers(database);
    expect(await refusalOf(service.create(backend, inputOf(more)))).toBe(`INVALID_PARAMETER ${parameter}`);
  });
});
