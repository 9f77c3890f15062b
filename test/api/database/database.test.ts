import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assertMigrated, migrateToLatest } from '../../../src/database/migrate.ts';
import { isUnavailable } from '../../../src/database/unavailable.ts';
import { type OpenedTestDatabase, openTestDatabase } from '../../support/databases.ts';

let database: OpenedTestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

const ID = '00000000-0000-7000-8000-000000000001';
const OTHER_ID = '00000000-0000-7000-8000-000000000002';

describe('values', () => {
  const text = `select $1::timestamptz as moment, $2::json as json, $3::text[] as texts, $4::int8 as large, $5::uuid as id,
    $6::boolean as yes, $7::text as nothing, count(*) as count, $8::timestamptz[] as moments, $9::uuid[] as ids,
    $10::integer[] as numbers, $11::boolean[] as flags from (values (1), (2)) as rows`;
  const moment = new Date('2026-01-02T03:04:05.678Z');
  const texts = ['a', 'NULL', '', 'with "quotes", \\ and {braces}', null];
  const values = [
    moment,
    '{"deep":[1,{"x":"ü"}]}',
    texts,
    2 ** 40,
    ID,
    true,
    null,
    [moment, null],
    [ID, null],
    [1, null],
    [true, false, null],
  ];
  const expected = {
    moment,
    json: { deep: [1, { x: 'ü' }] },
    texts,
    large: 2 ** 40,
    id: ID,
    yes: true,
    nothing: null,
    count: 2,
    moments: [moment, null],
    ids: [ID, null],
    numbers: [1, null],
    flags: [true, false, null],
  };

  it('come back from hot statements as the same types on every database', async () => {
    expect(await database.handle.hot({ name: 'values', text }, values)).toEqual([expected]);
    expect(await database.handle.hot({ name: 'values', text }, values)).toEqual([expected]);
  });

  it('come back from Kysely as the same types on every database', async () => {
    const { rows } =
      await sql`select ${moment}::timestamptz as moment, ${'{"a":1}'}::json as json, ${texts}::text[] as texts,
      ${2 ** 40}::int8 as large, count(*) as count`.execute(database.handle.kysely);
    expect(rows).toEqual([{ moment, json: { a: 1 }, texts, large: 2 ** 40, count: 1 }]);
  });
});

describe('a transaction', () => {
  const insert = (id: string) => ({ id, heartbeat_at: new Date() });

  it('leaves nothing behind when it fails, and the connection is of use again', async () => {
    const { kysely } = database.handle;
    const failing = kysely.transaction().execute(async (trx) => {
      await trx.insertInto('instances').values(insert(ID)).execute();
      await sql`select no_such_column`.execute(trx);
    });
    await expect(failing).rejects.toMatchObject({ code: '42703' });
    expect(await kysely.selectFrom('instances').selectAll().where('id', '=', ID).execute()).toEqual([]);
  });

  it('is not seen by others before it ends, nor mixed with their statements', async () => {
    const { kysely, hot } = database.handle;
    const statement = { name: 'count_instance', text: 'select count(*) as count from instances where id = $1' };
    let outside: Promise<{ count: number }[]> | undefined;
    await kysely.transaction().execute(async (trx) => {
      await trx.insertInto('instances').values(insert(OTHER_ID)).execute();
      // Answered before the commit with 0 by Postgres, after it with 1 by the embedded database: never within.
      outside = hot(statement, [OTHER_ID]);
      await trx.deleteFrom('instances').where('id', '=', OTHER_ID).execute();
    });
    expect(await outside).toEqual([{ count: 0 }]);
  });

  it('runs side by side with many others without losing one', async () => {
    const { kysely } = database.handle;
    const application = { id: ID, name: 'counted', allowed_origins: [], created_at: new Date() };
    await kysely.insertInto('applications').values(application).execute();
    const bump = () =>
      kysely.transaction().execute(async (trx) => {
        const { revision } = await trx
          .selectFrom('applications')
          .select('revision')
          .where('id', '=', ID)
          .forUpdate()
          .executeTakeFirstOrThrow();
        await trx
          .updateTable('applications')
          .set({ revision: revision + 1 })
          .where('id', '=', ID)
          .execute();
      });
    await Promise.all(Array.from({ length: 20 }, bump));
    expect(await kysely.selectFrom('applications').select('revision').execute()).toEqual([{ revision: 21 }]);
  });
});

describe('migration', () => {
  it('has nothing left to do on a migrated database', async () => {
    expect(await database.handle.migrate()).toEqual([]);
    await assertMigrated(database.handle.kysely);
  });

  it('refuses a database that is newer than the code, by name', async () => {
    const { kysely } = database.handle;
    await sql`insert into kysely_migration values ('29990101000000_later', '2999-01-01T00:00:00Z')`.execute(kysely);
    try {
      await expect(migrateToLatest(kysely)).rejects.toThrow(/newer than this version.*29990101000000_later/);
      await expect(assertMigrated(kysely)).rejects.toThrow(/newer than this version/);
    } finally {
      await sql`delete from kysely_migration where name like '2999%'`.execute(kysely);
    }
  });

  it('says what is missing where it may not migrate', async () => {
    const { kysely } = database.handle;
    const { rows } = await sql<{ name: string; timestamp: string }>`delete from kysely_migration
      where name = (select max(name) from kysely_migration) returning name, timestamp`.execute(kysely);
    try {
      await expect(assertMigrated(kysely)).rejects.toThrow(`lacks ${rows[0]?.name}`);
    } finally {
      await sql`insert into kysely_migration values (${rows[0]?.name}, ${rows[0]?.timestamp})`.execute(kysely);
    }
  });
});

it('tells a fault of a statement from a database that is away', async () => {
  const fault = database.handle.hot({ name: 'fault', text: 'select 1 / $1::integer' }, [0]);
  const error = await fault.catch((caught: unknown) => caught);
  expect(error).toMatchObject({ code: '22012' });
  expect(isUnavailable(error)).toBe(false);
});
