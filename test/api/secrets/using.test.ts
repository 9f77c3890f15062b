import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KeyholeError } from '../../../src/errors.ts';
import { newId } from '../../../src/ids.ts';
import type { ClientSecretsService } from '../../../src/secrets/client-secrets.service.ts';
import { VaultError } from '../../../src/secrets/vault.ts';
import {
  inputOf,
  makeCallers,
  NEXT_VALUE,
  newMasterKey,
  refusalOf,
  startSecretsService,
  VALUE,
} from '../../support/client-secrets-service.ts';
import { type OpenedTestDatabase, openTestDatabase } from '../../support/databases.ts';

let database: OpenedTestDatabase;
let service: ClientSecretsService;
const masterKey = newMasterKey();

beforeAll(async () => {
  database = await openTestDatabase();
  service = startSecretsService(database, [masterKey]);
});
afterAll(async () => {
  await service.close();
  await database.close();
});

describe('using', () => {
  test('gives the value to those who may use it, and its rules and traits with it', async () => {
    const { backend, visitor } = await makeCallers(database);
    const { id, name } = await service.create(backend, inputOf());
    for (const caller of [backend, visitor, visitor]) {
      const usable = await service.findUsable(caller, name);
      expect(usable.secret.id).toBe(id);
      expect(usable.traits).toMatchObject({ fitsHeader: true, fitsPath: true });
      expect(usable.destination.methods).toEqual([]);
      expect(service.open(usable).reveal()).toBe(VALUE);
    }
  });

  test('answers those who may not as if there were none', async () => {
    const { backend, visitor, user } = await makeCallers(database);
    const locked = await service.create(backend, inputOf({ locked: true }));
    const listed = await service.create(backend, inputOf({ usersAllowed: [{ username: 'ann' }] }));
    expect(await refusalOf(service.findUsable(visitor, locked.name))).toBe('UNAUTHENTICATED');
    expect(await refusalOf(service.findUsable(user('bob'), locked.name))).toBe('none');
    expect(await refusalOf(service.findUsable(visitor, listed.name))).toBe('NOT_FOUND');
    expect(await refusalOf(service.findUsable(user('bob'), listed.name))).toBe('NOT_FOUND');
    expect(await refusalOf(service.findUsable(user('ann'), listed.name))).toBe('none');
    expect(await refusalOf(service.findUsable(backend, 'no such'))).toBe('NOT_FOUND');
    expect(await refusalOf(service.findUsable(backend, 'no\0such'))).toBe('NOT_FOUND');
    expect(await refusalOf(service.findUsable((await makeCallers(database)).backend, locked.name))).toBe('NOT_FOUND');
  });

  test('a disabled one is refused; disabling and enabling twice succeeds', async () => {
    const { backend } = await makeCallers(database);
    const { id, name } = await service.create(backend, inputOf());
    await service.findUsable(backend, name);
    const disabled = await service.disable(backend, id);
    expect(await service.disable(backend, id)).toEqual(disabled);
    expect(await refusalOf(service.findUsable(backend, name))).toBe('SECRET_DISABLED');
    expect((await service.loadUsable(backend.application.id, id))?.secret.enabled).toBe(false);
    await service.enable(backend, id);
    await service.enable(backend, id);
    expect(await refusalOf(service.findUsable(backend, name))).toBe('none');
  });

  test('a rotated one has the new value and the next version', async () => {
    const { backend } = await makeCallers(database);
    const { id, name } = await service.create(backend, inputOf());
    const before = await service.findUsable(backend, name);
    expect(await service.rotate(backend, id, { clientSecret: NEXT_VALUE })).toMatchObject({
      version: 2,
      revision: before.secret.revision + 1,
      maskedSecret: '••••••••3210',
    });
    const after = await service.findUsable(backend, name);
    expect(service.open(after).reveal()).toBe(NEXT_VALUE);
    expect(service.open(before).reveal()).toBe(VALUE);
    expect(() => service.open({ ...before, secret: after.secret })).toThrow(VaultError);
  });

  test('a deleted one is gone, and its name is free', async () => {
    const { backend } = await makeCallers(database);
    const first = await service.create(backend, inputOf());
    await service.findUsable(backend, first.name);
    await service.remove(backend, first.id);
    expect(await refusalOf(service.findUsable(backend, first.name))).toBe('NOT_FOUND');
    expect(await service.loadUsable(backend.application.id, first.id)).toBeNull();
    const second = await service.create(backend, inputOf({ name: first.name }));
    expect((await service.findUsable(backend, first.name)).secret.id).toBe(second.id);
  });

  test('a refusal for a copy that another instance made stale is taken back', async () => {
    const { backend } = await makeCallers(database);
    const other = startSecretsService(database, [masterKey]);
    const { id, name } = await service.create(backend, inputOf());
    const check = (usable: { secret: { notes: string | null } }) => {
      if (usable.secret.notes === null) throw new KeyholeError('FORBIDDEN', 'no notes');
    };
    await service.disable(backend, id);
    await service.loadUsable(backend.application.id, id);
    expect(await refusalOf(service.findUsable(backend, name))).toBe('SECRET_DISABLED');
    await other.enable(backend, id);
    expect(await refusalOf(service.findUsable(backend, name))).toBe('none');
    expect(await refusalOf(service.findUsable(backend, name, check))).toBe('FORBIDDEN');
    await other.update(backend, id, { notes: 'notes' });
    expect(await refusalOf(service.findUsable(backend, name, check))).toBe('none');
  });

  test('a stale copy serves until it is dropped, or a later revision is asked for', async () => {
    const { backend } = await makeCallers(database);
    const other = startSecretsService(database, [masterKey]);
    const { id, name, applicationId } = await service.create(backend, inputOf());
    const { revision } = (await service.findUsable(backend, name)).secret;
    await other.update(backend, id, { name: `${name} renamed` });
    expect((await service.findUsable(backend, name)).secret.revision).toBe(revision);
    expect((await service.loadUsable(applicationId, id, revision))?.secret.revision).toBe(revision);
    expect((await service.loadUsable(applicationId, id, revision + 1))?.secret.revision).toBe(revision + 1);
    expect(await refusalOf(service.findUsable(backend, name))).toBe('NOT_FOUND');
    expect((await service.findUsable(backend, `${name} renamed`)).secret.id).toBe(id);
    await other.remove(backend, id);
    service.invalidate(applicationId, id);
    expect(await refusalOf(service.findUsable(backend, `${name} renamed`))).toBe('NOT_FOUND');
  });

  test('is seen by whoever looks next, and changes nothing else', async () => {
    const { backend } = await makeCallers(database);
    const before = await service.create(backend, inputOf());
    service.markUsed(backend.application.id, before.id);
    service.markUsed(backend.application.id, before.id);
    const after = await service.findById(backend, before.id);
    expect(after).toEqual({ ...before, lastUsedAt: expect.any(Date) });
    service.markUsed(backend.application.id, newId());
    await service.close();
  });
});
