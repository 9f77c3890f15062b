import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TenantCaller } from '../../../src/applications/caller.ts';
import type { ClientSecretsService } from '../../../src/secrets/client-secrets.service.ts';
import {
  inputOf,
  makeCallers,
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

describe('listing', () => {
  test('shows each caller what it may see, and nothing else exists', async () => {
    const { backend, visitor, user } = await makeCallers(database);
    const staff = user('member', ['staff']);
    const mine = await service.create(staff, inputOf({ name: 'mine' }));
    const named = await service.create(backend, inputOf({ name: 'named', usersAllowed: [{ username: 'member' }] }));
    const grouped = await service.create(user('ann'), inputOf({ name: 'grouped', groupsAllowed: [{ name: 'staff' }] }));
    const open = await service.create(backend, inputOf({ name: 'open' }));

    async function namesFor(caller: TenantCaller) {
      const { edges, totalCount } = await service.list(caller, {}, {});
      expect(totalCount).toBe(edges.length);
      return edges.map(({ node }) => node.name);
    }
    expect(await namesFor(backend)).toEqual(['mine', 'named', 'grouped', 'open']);
    expect(await namesFor(staff)).toEqual(['mine', 'named', 'grouped']);
    expect(await namesFor(user('stranger', ["sta'ff", '{"staff"}', 'a,b']))).toEqual([]);
    expect(await namesFor(visitor)).toEqual([]);
    expect(await namesFor((await makeCallers(database)).backend)).toEqual([]);
    for (const { id } of [mine, named, grouped]) expect((await service.findById(staff, id))?.id).toBe(id);
    expect(await service.findById(staff, open.id)).toBeNull();
    expect(await service.findByName(visitor, 'open')).toBeNull();
    expect(await service.findByName(backend, 'o\0pen')).toBeNull();
    expect(await service.findById(backend, 'no id')).toBeNull();
  });

  test('filters by tag and identifier code', async () => {
    const { backend } = await makeCallers(database);
    await service.create(backend, inputOf({ name: 'one', tags: ['a', 'b,c'], identifierCode: '1' }));
    await service.create(backend, inputOf({ name: 'two', tags: ['a'] }));
    const filters: [object, string[]][] = [
      [{ tag: 'a' }, ['one', 'two']],
      [{ tag: 'b,c' }, ['one']],
      [{ tag: 'b' }, []],
      [{ identifierCode: '1', tag: null }, ['one']],
      [{ identifierCode: '1', tag: 'x' }, []],
    ];
    for (const [filter, names] of filters) {
      const { edges, totalCount } = await service.list(backend, filter, {});
      expect(edges.map(({ node }) => node.name)).toEqual(names);
      expect(totalCount).toBe(names.length);
    }
    expect(await refusalOf(service.list(backend, { tag: '\0' }, {}))).toBe('INVALID_PARAMETER tag');
  });

  test('goes through pages in both directions', async () => {
    const { backend } = await makeCallers(database);
    const names = ['a', 'b', 'c', 'd', 'e'];
    for (const name of names) await service.create(backend, inputOf({ name }));
    const forward = await service.list(backend, {}, { first: 2 });
    const next = await service.list(backend, {}, { first: 2, after: forward.edges.at(-1)?.cursor });
    const last = await service.list(backend, {}, { last: 2 });
    const before = await service.list(backend, {}, { last: 9, before: last.edges.at(0)?.cursor });
    expect([forward, next, last, before].map((page) => page.edges.map(({ node }) => node.name).join(''))).toEqual([
      'ab',
      'cd',
      'de',
      'abc',
    ]);
    expect(forward).toMatchObject({ hasNextPage: true, hasPreviousPage: false, totalCount: 5 });
    expect(last).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
    expect(before).toMatchObject({ hasPreviousPage: false });
  });
});
