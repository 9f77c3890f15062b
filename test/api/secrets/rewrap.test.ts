import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ClientSecretsService } from '../../../src/secrets/client-secrets.service.ts';
import { readSealedUnderOthers, replaceWrappedKey } from '../../../src/secrets/rewrap.store.ts';
import { rewrapAll } from '../../../src/secrets/rewrap.ts';
import { createVault } from '../../../src/secrets/vault.ts';
import {
  inputOf,
  makeCallers,
  NEXT_VALUE,
  newMasterKey,
  startSecretsService,
  VALUE,
} from '../../support/client-secrets-service.ts';
import { type OpenedTestDatabase, openTestDatabase } from '../../support/databases.ts';

let database: OpenedTestDatabase;
let service: ClientSecretsService;
const oldKey = newMasterKey();
const newKey = newMasterKey();

beforeAll(async () => {
  database = await openTestDatabase();
  service = startSecretsService(database, [oldKey]);
});
afterAll(async () => {
  await service.close();
  await database.close();
});

describe('moving to another master key', () => {
  test('rewraps every row, once, beside servers that hold copies', async () => {
    const { backend } = await makeCallers(database);
    const ids: string[] = [];
    for (let index = 0; index < 5; index++) ids.push((await service.create(backend, inputOf())).id);
    const [first = '', second = ''] = ids;
    const cached = await service.loadUsable(backend.application.id, first);
    await database.handle.kysely.updateTable('client_secrets').set({ version: 7 }).where('id', '=', second).execute();

    const vault = createVault([newKey, oldKey]);
    const progress: number[] = [];
    const result = await rewrapAll(database.handle.kysely, vault, {
      batchSize: 2,
      onProgress: (n) => progress.push(n),
    });
    expect(result.moved).toBe(progress.at(-1));
    expect(result.moved).toBeGreaterThanOrEqual(4);
    expect(result.failures).toEqual([expect.stringContaining(second)]);
    expect(result.remaining).toBe(1);
    expect(await rewrapAll(database.handle.kysely, vault)).toMatchObject({ moved: 0, remaining: 1 });

    const retired = startSecretsService(database, [newKey]);
    const { secret, sealed } = (await retired.loadUsable(backend.application.id, first)) ?? expect.fail('it is there');
    expect(sealed.keyId).toBe(newKey.id);
    expect(retired.open({ ...(cached ?? expect.fail('it is there')), secret, sealed }).reveal()).toBe(VALUE);
    expect(secret).toEqual(cached?.secret);
    expect(cached && service.open(cached).reveal()).toBe(VALUE);
  });

  test('a row under a key that is gone fails closed', async () => {
    const { backend } = await makeCallers(database);
    const { name } = await service.create(backend, inputOf());
    await expect(startSecretsService(database, [newKey]).findUsable(backend, name)).rejects.toThrow(
      /unknown key id .* KEYHOLE_MASTER_KEYS/,
    );
  });

  test('a rotation in between is not undone', async () => {
    const { backend } = await makeCallers(database);
    const { id, name } = await service.create(backend, inputOf());
    const vault = createVault([newKey, oldKey]);
    const rows = await readSealedUnderOthers(database.handle.kysely, newKey.id, null, 100);
    const row = rows.find(({ identity }) => identity.id === id) ?? expect.fail('it is there');
    await service.rotate(backend, id, { clientSecret: NEXT_VALUE });
    const rewrapped = vault.rewrap(row.identity, row.sealed);
    expect(await replaceWrappedKey(database.handle.kysely, row, rewrapped)).toBe(false);
    expect(service.open(await service.findUsable(backend, name)).reveal()).toBe(NEXT_VALUE);
  });
});
