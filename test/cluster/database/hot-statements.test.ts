import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type DatabaseHandle, openDatabase } from '../../../src/database/database.ts';
import { createDatabase, type TestDatabase } from '../../support/postgres.ts';

let database: TestDatabase;
let handle: DatabaseHandle;
beforeAll(async () => {
  database = await createDatabase();
  handle = await openDatabase({
    databaseUrl: database.url,
    dataDir: null,
    writePoolSize: 1,
    onPoolError: () => {},
  });
});
afterAll(async () => {
  await handle.close();
  await database.drop();
});

const PREPARED = {
  name: 'prepared',
  text: 'select name, prepare_time::text as since from pg_prepared_statements where name = $1',
};
const prepared = (name: string) => handle.hot<{ name: string; since: string }>(PREPARED, [name]);

it('are prepared once on a connection, whatever is asked in between', async () => {
  const statement = { name: 'doubled', text: 'select n * 2 as doubled from unnest($1::integer[]) n' };
  expect(await handle.hot(statement, [[1, 2]])).toEqual([{ doubled: 2 }, { doubled: 4 }]);
  const [first] = await prepared('doubled');
  expect(first).toBeDefined();
  expect(await handle.hot(statement, [[]])).toEqual([]);
  expect(await handle.hot(statement, [[3]])).toEqual([{ doubled: 6 }]);
  expect(await prepared('doubled')).toEqual([first]);
});

it('that fail, at their first use too, are of use again, and so is the connection', async () => {
  const statement = { name: 'inverse', text: 'select 12 / $1::integer as inverse' };
  for (const tried of ['at first', 'again']) {
    await expect(handle.hot(statement, [0]), tried).rejects.toMatchObject({ code: '22012' });
    expect(await handle.hot(statement, [4]), tried).toEqual([{ inverse: 3 }]);
  }
  const faulty = { name: 'faulty', text: 'select no_such_column' };
  for (let tries = 0; tries < 2; tries++) {
    await expect(handle.hot(faulty, [])).rejects.toMatchObject({ code: '42703' });
  }
});

it('may have no columns, and fail at their first use all the same', async () => {
  const noted = { name: 'noted', text: 'insert into rate_limits (key) values ($1)' };
  expect(await handle.hot(noted, ['taken'])).toEqual([]);
  await expect(handle.hot(noted, ['taken'])).rejects.toMatchObject({ code: '23505' });
  const failing = { ...noted, name: 'failing' };
  await expect(handle.hot(failing, ['taken'])).rejects.toMatchObject({ code: '23505' });
  await expect(handle.hot(failing, ['taken'])).rejects.toMatchObject({ code: '23505' });
  expect(await handle.hot(failing, ['free'])).toEqual([]);
  const count = { name: 'count', text: 'select count(*) as count from rate_limits' };
  expect(await handle.hot(count, [])).toEqual([{ count: 2 }]);
});

it('are prepared anew where a migration changed their columns, or their connection forgot them', async () => {
  const all = { name: 'all', text: 'select * from grown' };
  await sql`create table grown as select 1 as n`.execute(handle.kysely);
  expect(await handle.hot(all, [])).toEqual([{ n: 1 }]);
  await sql`alter table grown add column m integer default 2`.execute(handle.kysely);
  await expect(handle.hot(all, [])).rejects.toMatchObject({ code: '0A000' });
  expect(await handle.hot(all, [])).toEqual([{ n: 1, m: 2 }]);
  await handle.hot({ name: 'forget', text: 'deallocate all' }, []);
  await expect(handle.hot(all, [])).rejects.toMatchObject({ code: '26000' });
  expect(await handle.hot(all, [])).toEqual([{ n: 1, m: 2 }]);
});

const BACKEND = { name: 'backend', text: 'select pg_backend_pid() as pid' };
const backend = async () => (await handle.hot<{ pid: number }>(BACKEND, []))[0]?.pid;

it('share a connection that each takes in its turn', async () => {
  const pids = await Promise.all(Array.from({ length: 20 }, backend));
  expect(new Set(pids).size).toBe(1);
});

it('are prepared anew on a new connection, where theirs was ended while they ran', async () => {
  const pid = await backend();
  const end = { name: 'end', text: 'select pg_terminate_backend($1::integer) as ended' };
  await expect(handle.hot(end, [pid])).rejects.toMatchObject({ code: '57P01' });
  expect(await backend()).not.toBe(pid);
});

it('are prepared anew on a new connection, where theirs was ended between two of them', async () => {
  const pid = await backend();
  await sql`select 'Kysely has a connection'`.execute(handle.kysely);
  const { total } = handle.stats();
  await sql`select pg_terminate_backend(${pid}::integer)`.execute(handle.kysely);
  await expect.poll(() => handle.stats().total).toBe(total - 1);
  expect(await backend()).not.toBe(pid);
});
