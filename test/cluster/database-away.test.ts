import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/database/database.ts';
import { type RunningApp, type RunningApps, startApps } from '../support/apps.ts';
import { findRequest } from '../support/find.ts';
import { type HalfOpenProxy, startHalfOpenProxy } from '../support/half-open-proxy.ts';
import { REQUEST_UPDATED, type RequestUpdated, subscribeByWebSocket } from '../support/listening.ts';
import { type PostgresServer, startPostgresServer } from '../support/postgres-server.ts';
import { findRequirements } from '../support/requirements.ts';
import { REQUEST_FIELDS, type RequestFields, submit } from '../support/secrets.ts';
import { startThirdParty, type ThirdParty } from '../support/third-party.ts';

const HISTORY = `{ clientSecretRequestHistory(first: 100) { edges { node { ...R } } } } ${REQUEST_FIELDS}`;
const SUBMIT = 'mutation ($input: ClientSecretRequestInput!) { clientSecretRequest(input: $input) { request { id } } }';

describe.skipIf(findRequirements().postgresBinaries === null)('while the database is away', { timeout: 60_000 }, () => {
  let server: PostgresServer;
  let thirdParty: ThirdParty;
  let cluster: RunningApps | undefined;
  let proxy: HalfOpenProxy | undefined;

  beforeAll(async () => {
    server = await startPostgresServer();
    thirdParty = await startThirdParty();
    const database = await openDatabase({ databaseUrl: server.url, dataDir: null, onPoolError: () => {} });
    await database.migrate();
    await database.close();
  });
  afterEach(async () => {
    await cluster?.close();
    await proxy?.close();
    cluster = undefined;
    proxy = undefined;
    thirdParty.answerWith(() => ({ body: { ok: true } }));
  });
  afterAll(async () => {
    await thirdParty.close();
    await server.close();
  });

  async function start(env: Record<string, string> = {}, databaseUrls = [server.url]): Promise<RunningApp[]> {
    cluster = await startApps({ databaseUrls, origin: thirdParty.origin, env });
    return [...cluster.apps];
  }
  const asApplication = () => cluster?.application.asApplication ?? {};
  const ask = (app: RunningApp, input: object = {}) =>
    submit(app, asApplication(), { url: `${thirdParty.origin}/`, ...input });
  const find = (app: RunningApp, id: string) => findRequest(app, asApplication(), id);
  const status = (app: RunningApp, id: string) => async () => (await find(app, id)).status;

  /** Asks by SQL, beside the servers. */
  async function execute(text: string): Promise<void> {
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    await client.query(text);
    await client.end();
  }

  /** A submission that fails, and what it says. */
  async function refusal(app: RunningApp) {
    const input = {
      clientSecretName: 'openai',
      url: `${thirdParty.origin}/refused`,
      method: 'POST',
      headers: { authorization: '$CLIENT_SECRET' },
    };
    const { errors } = await app.post(asApplication(), SUBMIT, { input });
    return [errors[0]?.extensions.code, errors[0]?.message];
  }

  it.each(['fast', 'immediate'] as const)('(a %s stop) results are kept and stored when it is back', async (mode) => {
    const [app] = await start({ KEYHOLE_LEASE_MS: '20000' });
    if (app === undefined) return;
    const held = thirdParty.hold();
    const before = thirdParty.requests.length;
    const sent = [await ask(app), await ask(app, { queue: 'kept' })];
    const behind = await ask(app, { queue: 'kept' });
    const listener = subscribeByWebSocket<RequestUpdated>(app.url, asApplication(), REQUEST_UPDATED, {
      id: sent[0]?.id,
    });
    await listener.next();
    await thirdParty.received(before + 2);

    await server.stop(mode);
    await Promise.all([held.letOneGo({ body: 'kept' }), held.letOneGo({ body: 'kept' })]);
    const [code, message] = await refusal(app);
    expect([code, message]).toEqual(['INTERNAL', 'The database is unavailable. Try again.']);
    await expect.poll(() => app.readiness(), { timeout: 20_000 }).toBe(503);

    await server.start();
    await expect.poll(() => app.readiness(), { timeout: 20_000 }).toBe(200);
    expect((await listener.rest()).at(-1)?.data?.clientSecretRequestUpdated).toMatchObject({ responseBody: 'kept' });
    for (const { id } of sent) await expect.poll(status(app, id), { timeout: 20_000 }).toBe('RESOLVED');
    await held.letOneGo();
    await expect.poll(status(app, behind.id), { timeout: 20_000 }).toBe('RESOLVED');
    // What was refused is nowhere, and what was sent was sent once.
    const { data } = await app.post<{ clientSecretRequestHistory: { edges: { node: RequestFields }[] } }>(
      asApplication(),
      HISTORY,
    );
    expect(data.clientSecretRequestHistory.edges.map(({ node }) => node.url)).toEqual(
      Array.from({ length: 3 }, () => `${thirdParty.origin}/`),
    );
    expect(thirdParty.requests.length).toBe(before + 3);
  });

  it('connections that are cut again and again cost nobody a request', async () => {
    const [app] = await start({ KEYHOLE_LEASE_MS: '20000' });
    if (app === undefined) return;
    const before = thirdParty.requests.length;
    const acknowledged: string[] = [];
    let cutting = true;
    async function load(queue: string | null): Promise<void> {
      while (cutting) {
        const asked = await ask(app as RunningApp, { queue }).catch(() => null); // checked above
        if (asked !== null) acknowledged.push(asked.id);
      }
    }
    const loads = ['a', 'b', null].map(load);
    for (let round = 0; round < 10; round++) {
      const count = acknowledged.length;
      await execute(`select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'keyhole%'`);
      await expect.poll(() => acknowledged.length, { timeout: 10_000 }).toBeGreaterThan(count);
    }
    cutting = false;
    await Promise.all(loads);
    for (const id of acknowledged) await expect.poll(status(app, id), { timeout: 20_000 }).toBe('RESOLVED');
    const open = async () =>
      (await app.post(asApplication(), '{ queues(first: 9) { edges { node { queue } } } }')).text;
    // Neither is anything left of what was refused.
    await expect.poll(open, { timeout: 20_000 }).not.toContain('"queue"');
    const arrived = thirdParty.requests.length - before;
    expect(arrived).toBeGreaterThanOrEqual(acknowledged.length);
  });

  it('an instance that alone is cut off stops what it sends in order, before another goes on with the queue', async () => {
    proxy = await startHalfOpenProxy(join(server.socketFolder, '.s.PGSQL.5432'));
    const silent = `postgresql://postgres@127.0.0.1:${proxy.port}/postgres`;
    const [cutOff, survivor] = await start({}, [silent, server.url]);
    if (cutOff === undefined || survivor === undefined) return;
    const held = thirdParty.hold();
    const before = thirdParty.requests.length;
    const sent = await ask(cutOff, { queue: 'fenced' });
    await thirdParty.received(before + 1);
    const behind = await ask(survivor, { queue: 'fenced' });
    proxy.swallow();
    await thirdParty.received(before + 2);
    const [first, second] = thirdParty.requests.slice(before);
    expect([first?.endedAt === null, second?.overlapping]).toEqual([false, 0]);
    expect((await find(survivor, sent.id)).error?.code).toBe('OUTCOME_UNKNOWN');
    expect(await cutOff.readiness()).toBe(503);
    held.letAllGo();
    await expect.poll(status(survivor, behind.id), { timeout: 10_000 }).toBe('RESOLVED');
    proxy.heal();
    await expect.poll(() => cutOff.readiness(), { timeout: 30_000 }).toBe(200);
    // The pool may still hand out a connection that was swallowed: it is given up when it does not answer.
    const again = () => ask(cutOff, { queue: 'fenced', wait: 10_000 }).then((request) => request.status, String);
    await expect.poll(again, { timeout: 50_000 }).toBe('RESOLVED');
  });

  it('a pool that is full costs time, and not the lease', async () => {
    const [app, other] = await start({ KEYHOLE_DATABASE_POOL: '1', KEYHOLE_DATABASE_WRITE_POOL: '1' }, [
      server.url,
      server.url,
    ]);
    if (app === undefined || other === undefined) return;
    const held = thirdParty.hold();
    const before = thirdParty.requests.length;
    const sent = await ask(app, { queue: 'full' });
    await thirdParty.received(before + 1);
    const blocker = new pg.Client({ connectionString: server.url });
    await blocker.connect();
    await blocker.query('begin; lock table requests in access exclusive mode');
    const waiting = Promise.all(Array.from({ length: 8 }, () => app.post(asApplication(), HISTORY)));
    await held.letOneGo();
    // Two leases, in which nobody may take this instance for dead.
    await blocker.query('select pg_sleep(2)');
    expect(await Promise.all([app.readiness(), other.readiness()])).toEqual([200, 200]);
    await blocker.query('commit');
    await blocker.end();
    expect((await waiting).map(({ errors }) => errors)).toEqual(Array.from({ length: 8 }, () => []));
    await expect.poll(status(app, sent.id), { timeout: 10_000 }).toBe('RESOLVED');
    expect(app.log() + other.log()).not.toContain('took over');
  });

  it('stores what came back while the database took no connections, for whatever reason', async () => {
    const [app] = await start({ KEYHOLE_LEASE_MS: '600000' });
    if (app === undefined) return;
    const held = thirdParty.hold();
    const ids = [(await ask(app)).id, (await ask(app, { queue: 'q' })).id];
    await thirdParty.received(2);
    const other = new URL(server.url);
    other.pathname = '/template1';
    const operator = new pg.Client({ connectionString: other.href });
    await operator.connect();
    await operator.query('alter database postgres allow_connections false');
    await operator.query(`select pg_terminate_backend(pid) from pg_stat_activity where datname = 'postgres'`);
    held.letAllGo({ body: { paid: true } });
    // It asked, and was refused.
    await expect.poll(() => app.log()).toMatch(/55000.*did not store/);
    await operator.query('alter database postgres allow_connections true');
    await operator.end();
    for (const id of ids) {
      await expect.poll(status(app, id), { timeout: 10_000 }).toBe('RESOLVED');
      expect((await find(app, id)).responseBody).toEqual({ paid: true });
    }
  });
});
