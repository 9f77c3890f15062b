import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/database/database.ts';
import type { HotQueries } from '../../src/database/handle.ts';
import { newId } from '../../src/ids.ts';
import { type RunningApps, startApps } from '../support/apps.ts';
import { createDatabase, type TestDatabase } from '../support/postgres.ts';
import { SUBMIT, type Submitted } from '../support/secrets.ts';
import { startThirdParty, type ThirdParty } from '../support/third-party.ts';

/** What an admission's caller never hears, where the database did what it was asked. */
const lost = () => Object.assign(new Error('Connection terminated unexpectedly'));

describe('an answer of the database that is lost', { timeout: 60_000 }, () => {
  let testDatabase: TestDatabase;
  let thirdParty: ThirdParty;
  let cluster: RunningApps;
  let sql: pg.Client;
  let instanceId: string;
  /** Stands between the server and its hot statements. */
  let hot: (statement: { name: string }, ask: () => Promise<unknown[]>) => Promise<unknown[]>;

  beforeAll(async () => {
    testDatabase = await createDatabase();
    thirdParty = await startThirdParty();
    sql = new pg.Client({ connectionString: testDatabase.url });
    await sql.connect();
    const handle = await openDatabase({ databaseUrl: testDatabase.url, dataDir: null, onPoolError: () => {} });
    const between: HotQueries = async <Row>(...statement: Parameters<HotQueries>) =>
      (await hot(statement[0], () => handle.hot(...statement))) as Row[];
    hot = (_statement, ask) => ask();
    cluster = await startApps({
      databaseUrls: [testDatabase.url],
      origin: thirdParty.origin,
      database: { ...handle, hot: between },
    });
    instanceId = (await sql.query('select id from instances')).rows[0].id;
  });
  afterEach(() => {
    thirdParty.requests.length = 0;
  });
  afterAll(async () => {
    await cluster.close();
    await thirdParty.close();
    await sql.end();
    await testDatabase.drop();
  });

  async function submit(input: object) {
    const { apps, application } = cluster;
    const answer = await apps[0]?.post<Submitted>(application.asApplication, SUBMIT, {
      input: {
        clientSecretName: 'openai',
        method: 'POST',
        url: `${thirdParty.origin}/`,
        headers: { authorization: 'Bearer $CLIENT_SECRET' },
        ...input,
      },
    });
    if (answer === undefined) throw new Error('One has started');
    const message = answer.errors[0]?.message;
    return { request: message === undefined ? answer.data.clientSecretRequest.request : undefined, message };
  }

  async function count(table: 'requests' | 'open_requests', condition = 'true'): Promise<number> {
    return Number((await sql.query(`select count(*) from ${table} where ${condition}`)).rows[0].count);
  }

  /** The next admission is stored, and its answer never comes; `stored` is called in between. */
  function loseAdmission(stored: () => Promise<unknown> = async () => {}): void {
    hot = async (statement, ask) => {
      const rows = await ask();
      if (!statement.name.startsWith('admit')) return rows;
      hot = (_statement, askNext) => askNext();
      await stored();
      throw lost();
    };
  }

  it.each([{ queue: null }, { queue: 'q' }])(
    'what nobody was told of is taken back and never sent ($queue)',
    async ({ queue }) => {
      loseAdmission();
      expect((await submit({ queue })).message).toMatch(/unavailable/);
      await expect.poll(() => count('requests', `status = 'PENDING'`)).toBe(0);
      expect((await submit({ queue, wait: 20_000 })).request?.status).toBe('RESOLVED');
      expect(thirdParty.requests).toHaveLength(1);
    },
  );

  it.each([{ queue: null }, { queue: 'q' }])(
    'what somebody got since, by its idempotency key, is kept and sent once ($queue)',
    async ({ queue }) => {
      const idempotencyKey = newId();
      const holder = new pg.Client({ connectionString: testDatabase.url });
      await holder.connect();
      // So that it cannot be taken back before it is asked for.
      loseAdmission(async () => {
        await holder.query('begin');
        await holder.query('select from open_requests for update');
      });
      expect((await submit({ queue, idempotencyKey })).message).toMatch(/unavailable/);
      const again = await submit({ queue, idempotencyKey });
      expect(again.request?.status).toBe('PENDING');
      await holder.query('commit');
      await holder.end();
      const ended = await submit({ queue, idempotencyKey, wait: 20_000 });
      expect(ended.request).toMatchObject({ id: again.request?.id, status: 'RESOLVED' });
      expect(thirdParty.requests).toHaveLength(1);
    },
  );

  it.each([{ queue: null }, { queue: 'q' }])(
    'what is committed only after it was given up is taken back all the same ($queue)',
    async ({ queue }) => {
      const before = await count('requests');
      const late = new pg.Client({ connectionString: testDatabase.url });
      await late.connect();
      hot = async (statement, ask) => {
        if (!statement.name.startsWith('admit')) return ask();
        hot = (_statement, askNext) => askNext();
        const rows = await ask();
        // As if its commit hung: nobody sees it any more, and it is there again, uncommitted.
        await late.query('begin');
        await late.query(`create temporary table kept_requests as select * from requests where status = 'PENDING'`);
        await late.query('create temporary table kept_open as select * from open_requests');
        await sql.query(`delete from open_requests`);
        await sql.query(`delete from requests where status = 'PENDING'`);
        await late.query('insert into requests select * from kept_requests');
        await late.query('insert into open_requests select * from kept_open');
        if (rows.length > 0) throw lost();
        return rows;
      };
      expect((await submit({ queue })).message).toMatch(/unavailable/);
      const waits = `select from pg_stat_activity where wait_event_type = 'Lock' and query like 'insert into open_requests%'`;
      await expect.poll(async () => (await sql.query(waits)).rowCount).toBe(1);
      await late.query('commit');
      await late.end();
      await expect.poll(() => count('open_requests')).toBe(0);
      expect([await count('requests'), thirdParty.requests]).toEqual([before, []]);
    },
  );

  it.each([false, true])('what is its own and nobody sees to is sent (started: %s)', async (isStarted) => {
    expect((await submit({ wait: 20_000 })).request?.status).toBe('RESOLVED');
    const id = newId();
    const columns = `application_id, owner, client_secret_id, client_secret_name, url, method, target, headers, timeout_ms`;
    await sql.query('begin');
    await sql.query(
      `insert into requests (id, ${columns}, status, created_at, updated_at, expires_at)
       select $1, ${columns}, 'PENDING', now(), now(), now() + interval '1 minute' from requests order by id desc limit 1`,
      [id],
    );
    await sql.query(
      `insert into open_requests (application_id, request_id, instance_id, started_at, expires_at)
       select application_id, id, $2, case when $3 then now() end, expires_at from requests where id = $1`,
      [id, instanceId, isStarted],
    );
    await sql.query('commit');
    await expect.poll(() => count('requests', `id = '${id}' and status = 'RESOLVED'`), { timeout: 10_000 }).toBe(1);
    expect(thirdParty.requests).toHaveLength(2);
  });
});
