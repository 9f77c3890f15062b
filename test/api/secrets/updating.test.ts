import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TenantCaller } from '../../../src/applications/caller.ts';
import type { ClientSecretsService } from '../../../src/secrets/client-secrets.service.ts';
import {
  inputOf,
  makeCallers,
  NEXT_VALUE,
  newMasterKey,
  refusalOf,
  startSecretsService,
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

describe('updating', () => {
  test('changes what is given and nothing else', async () => {
    const { backend } = await makeCallers(database);
    const before = await service.create(backend, inputOf({ tags: ['a'], clientId: 'id', notes: 'notes' }));
    const after = await service.update(backend, before.id, {
      name: `${before.name} renamed`,
      locked: true,
      tags: ['b'],
    });
    expect(after).toEqual({
      ...before,
      name: `${before.name} renamed`,
      locked: true,
      tags: ['b'],
      revision: before.revision + 1,
      updatedAt: expect.any(Date),
    });
    expect(after.updatedAt.getTime()).toBeGreaterThanOrEqual(before.updatedAt.getTime());
    expect(await service.update(backend, before.id, {})).toEqual(after);
  });

  test('clears optional fields with null', async () => {
    const { backend } = await makeCallers(database);
    const full = inputOf({
      clientId: 'id',
      identifierCode: 'code',
      notes: 'notes',
      tags: ['a'],
      allowedMethods: ['GET'],
      allowedPlacements: ['DATA'],
      usersAllowed: [{ username: 'ann' }],
      groupsAllowed: [{ name: 'staff' }],
    });
    const { id } = await service.create(backend, full);
    const { name, clientSecret, allowedUrls, ...optional } = full;
    const nulls = Object.fromEntries(Object.keys(optional).map((field) => [field, null]));
    expect(await service.update(backend, id, nulls)).toMatchObject({
      name,
      allowedUrls,
      clientId: null,
      identifierCode: null,
      notes: null,
      tags: [],
      allowedMethods: [],
      allowedPlacements: ['HEADERS'],
      usersAllowed: [],
      groupsAllowed: [],
    });
  });

  test.each(['name', 'allowedUrls', 'locked'])('does not take null for %s', async (field) => {
    const { backend } = await makeCallers(database);
    const { id } = await service.create(backend, inputOf());
    expect(await refusalOf(service.update(backend, id, { [field]: null }))).toBe(`INVALID_PARAMETER input.${field}`);
  });

  test('to what is taken tells so', async () => {
    const { backend } = await makeCallers(database);
    const first = await service.create(backend, inputOf({ identifierCode: 'code' }));
    const { id } = await service.create(backend, inputOf());
    expect(await refusalOf(service.update(backend, id, { name: first.name }))).toBe('ALREADY_EXISTS input.name');
    expect(await refusalOf(service.update(backend, id, { identifierCode: 'code' }))).toBe(
      'ALREADY_EXISTS input.identifierCode',
    );
  });

  test("leaves to the owner what would let the value out, and hides what is another's", async () => {
    const { backend, visitor, user } = await makeCallers(database);
    const usersAllowed = [{ username: 'viewer' }, { username: 'editor', canEdit: true }];
    const { id } = await service.create(user('owner'), inputOf({ usersAllowed, groupsAllowed: [{ name: 'staff' }] }));
    const managed = [
      { allowedUrls: ['https://evil.test'] },
      { allowedMethods: null },
      { allowedPlacements: ['DATA'] },
      { locked: false },
      { usersAllowed: [] },
      { groupsAllowed: [] },
    ];
    for (const change of managed) {
      expect(await refusalOf(service.update(user('editor'), id, change))).toBe('FORBIDDEN');
      expect(await refusalOf(service.update(user('owner'), id, change))).toBe('none');
      await service.update(backend, id, { usersAllowed, groupsAllowed: [{ name: 'staff' }] });
    }
    const operations: ((caller: TenantCaller) => Promise<unknown>)[] = [
      (caller) => service.update(caller, id, { notes: 'edited' }),
      (caller) => service.rotate(caller, id, { clientSecret: NEXT_VALUE }),
      (caller) => service.disable(caller, id),
      (caller) => service.enable(caller, id),
    ];
    for (const operation of operations) {
      expect(await refusalOf(operation(user('editor')))).toBe('none');
      expect(await refusalOf(operation(user('viewer')))).toBe('FORBIDDEN');
      expect(await refusalOf(operation(user('member', ['staff'])))).toBe('FORBIDDEN');
      for (const nobody of [user('stranger'), visitor, (await makeCallers(database)).backend]) {
        expect(await refusalOf(operation(nobody))).toBe('NOT_FOUND');
      }
    }
    expect(await refusalOf(service.remove(user('editor'), id))).toBe('FORBIDDEN');
    expect(await refusalOf(service.remove(user('stranger'), id))).toBe('NOT_FOUND');
    expect(await refusalOf(service.remove(user('owner'), id))).toBe('none');
    expect(await refusalOf(service.remove(user('owner'), id))).toBe('NOT_FOUND');
    expect(await refusalOf(service.update(backend, 'no id', {}))).toBe('NOT_FOUND');
  });
});
