import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findRequest } from '../support/find.ts';
import { startHalfOpenProxy } from '../support/half-open-proxy.ts';
import { type Cluster, createCluster, type Instance } from '../support/instances.ts';
import { HISTORY_UPDATED, REQUEST_UPDATED, type RequestUpdated, TRANSPORTS } from '../support/listening.ts';
import { createDatabase, type TestDatabase } from '../support/postgres.ts';
import { startPostgresServer } from '../support/postgres-server.ts';
import { findRequirements } from '../support/requirements.ts';
import { createSecret, type RequestFields, submit } from '../support/secrets.ts';
import type { TestApplication } from '../support/test-application.ts';
import { startThirdParty, type ThirdParty } from '../support/third-party.ts';

let database: TestDatabase;
let thirdParty: ThirdParty;
let cluster: Cluster;
let survivor: Instance;
let application: TestApplication;

beforeAll(async () => {
  database = await createDatabase();
  thirdParty = await startThirdParty();
  cluster = createCluster(database.url, [`127.0.0.1:${thirdParty.port}`], { KEYHOLE_DRAIN_MS: '10000' });
  survivor = await cluster.start();
  application = await survivor.createApplication();
  await createSecret(survivor, application.asApplication, thirdParty.origin, { allowedMethods: ['GET', 'POST'] });
});
afterAll(async () => {
  await cluster.close();
  await thirdParty.close();
  await database.drop();
});

const ask = (instance: Instance, input: object = {}) =>
  submit(instance, application.asApplication, { url: `${thirdParty.origin}/`, ...input });

async function ended(id: string): Promise<RequestFields> {
  const find = () => findRequest(survivor, application.asApplication, id);
  await expect.poll(async () => (await find()).status, { timeout: 15_000 }).not.toBe('PENDING');
  return find();
}

describe('SIGTERM', { timeout: 60_000 }, () => {
  it('under load loses no request that was acknowledged, and fails none', async () => {
    const leaving = await cluster.start();
    thirdParty.answerWith(() => new Promise((resolve) => setTimeout(resolve, 5, { body: { ok: true } })));
    const acknowledged: string[] = [];
    async function load(queue: string | null): Promise<void> {
      for (;;) {
        try {
          acknowledged.push((await ask(leaving, { queue })).id);
        } catch {
          return; // it takes no more
        }
      }
    }
    const loads = ['a', 'b', 'c', null, null].map(load);
    await thirdParty.received(thirdParty.requests.length + 50);
    leaving.signal('SIGTERM');
    expect(await leaving.exited).toBe(0);
    await Promise.all(loads);
    const ends = await Promise.all(acknowledged.map(ended));
    expect(ends.filter(({ status }) => status !== 'RESOLVED')).toEqual([]);
    expect(acknowledged.length).toBeGreaterThanOrEqual(50);
  });

  it('lets what is being sent finish, and answers whoever waits for what is left to others', async () => {
    const leaving = await cluster.start();
    const held = thirdParty.hold();
    const before = thirdParty.requests.length;
    const sent = ask(leaving, { queue: 'finishing', wait: 30_000 });
    await thirdParty.received(before + 1);
    const waiting = ask(leaving, { queue: 'finishing', wait: 30_000 });
    const find = '{ queues(first: 100) { edges { node { queue waitingCount } } } }';
    const waits = async () => (await survivor.post(application.asApplication, find)).text;
    await expect.poll(waits, { timeout: 10_000 }).toContain('"queue":"finishing","waitingCount":1');
    leaving.signal('SIGTERM');
    await expect.poll(() => leaving.isReady().catch(() => false), { timeout: 10_000 }).toBe(false);
    await held.letOneGo();
    expect((await sent).status).toBe('RESOLVED');
    const left = await waiting;
    expect(left.status).toBe('PENDING');
    expect(await leaving.exited).toBe(0);
    held.letAllGo();
    expect((await ended(left.id)).status).toBe('RESOLVED');
  });

  it.each(TRANSPORTS)(
    'is not held up by open streams over %s: they break off, and end elsewhere',
    async (_, subscribe) => {
      const leaving = await cluster.start();
      const held = thirdParty.hold();
      const headers = application.asApplication;
      const { id } = await ask(survivor);
      const streams = [
        subscribe(leaving.url, headers, HISTORY_UPDATED, { filter: {} }),
        subscribe(leaving.url, headers, REQUEST_UPDATED, { id }),
      ];
      await streams[1]?.next();
      // It would otherwise count as the failure of nobody.
      const broken = Promise.allSettled(streams.map((stream) => stream.next()));
      leaving.signal('SIGTERM');
      expect(await leaving.exited).toBe(0);
      expect((await broken).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
      const again = subscribe<RequestUpdated>(survivor.url, headers, REQUEST_UPDATED, { id });
      await again.next();
      held.letAllGo();
      expect((await again.rest()).at(-1)?.data?.clientSecretRequestUpdated.status).toBe('RESOLVED');
    },
  );

  it.each(TRANSPORTS)('lets who listens over %s hear how what is being sent ends', async (_, subscribe) => {
    const leaving = await cluster.start();
    const held = thirdParty.hold();
    const before = thirdParty.requests.length;
    const { id } = await ask(leaving);
    await thirdParty.received(before + 1);
    const stream = subscribe<RequestUpdated>(leaving.url, application.asApplication, REQUEST_UPDATED, { id });
    await stream.next();
    leaving.signal('SIGTERM');
    await expect.poll(() => leaving.isReady().catch(() => false), { timeout: 10_000 }).toBe(false);
    held.letAllGo();
    expect((await stream.rest()).at(-1)?.data?.clientSecretRequestUpdated.status).toBe('RESOLVED');
    expect(await leaving.exited).toBe(0);
  });

  it('leaves what does not finish in time: sent again where it is safe, its outcome unknown where not', async () => {
    const leaving = await cluster.start({ KEYHOLE_DRAIN_MS: '200' });
    const held = thirdParty.hold();
    const before = thirdParty.requests.length;
    const [unsafe, safe] = await Promise.all([
      ask(leaving, { queue: 'slow' }),
      ask(leaving, { queue: 'slow', method: 'GET' }),
    ]);
    await thirdParty.received(before + 2);
    leaving.signal('SIGTERM');
    expect(await leaving.exited).toBe(0);
    // Also what was taken over before the process was gone.
    held.letAllGo({ body: { ok: true } });
    expect((await ended(unsafe.id)).error).toMatchObject({
      code: 'OUTCOME_UNKNOWN',
      message: expect.stringContaining('stopped'),
    });
    expect((await ended(safe.id)).status).toBe('RESOLVED');
    expect(
      thirdParty.requests
        .slice(before)
        .map(({ method }) => method)
        .sort(),
    ).toEqual(['GET', 'GET', 'POST']);
  });

  it('twice ends the process at once', async () => {
    const leaving = await cluster.start();
    thirdParty.hold();
    const before = thirdParty.requests.length;
    await ask(leaving);
    await thirdParty.received(before + 1);
    leaving.signal('SIGTERM');
    await expect.poll(() => leaving.isReady().catch(() => false), { timeout: 10_000 }).toBe(false);
    // Right after the first it counts as the same one.
    const timer = setInterval(() => leaving.signal('SIGTERM'), 100);
    expect(await leaving.exited).toBe(1);
    clearInterval(timer);
  });

  it.skipIf(findRequirements().postgresBinaries === null)(
    'ends the process while the database is away, and while it says nothing',
    async () => {
      const server = await startPostgresServer();
      const proxy = await startHalfOpenProxy(join(server.socketFolder, '.s.PGSQL.5432'));
      const env = { KEYHOLE_DRAIN_MS: '300' };
      const urls = [server.url, `postgresql://postgres@127.0.0.1:${proxy.port}/postgres`];
      const clusters = urls.map((url) => createCluster(url, [`127.0.0.1:${thirdParty.port}`], env));
      try {
        const [away, silent] = await Promise.all(clusters.map((each) => each.start()));
        const asApplication = (await away?.createApplication())?.asApplication ?? {};
        if (away === undefined || silent === undefined) throw new Error('Both have started');
        await createSecret(away, asApplication, thirdParty.origin);
        thirdParty.hold();
        const before = thirdParty.requests.length;
        await submit(away, asApplication, { url: `${thirdParty.origin}/` });
        await thirdParty.received(before + 1);
        proxy.swallow();
        await server.stop('immediate');
        for (const instance of [away, silent]) {
          instance.signal('SIGTERM');
          expect(await instance.exited).toBe(0);
        }
      } finally {
        await Promise.all(clusters.map((each) => each.close()));
        await proxy.close();
        await server.close();
      }
    },
  );
});
