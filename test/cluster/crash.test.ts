import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { findRequest } from '../support/find.ts';
import { type Cluster, createCluster, type Instance } from '../support/instances.ts';
import { createDatabase, type TestDatabase } from '../support/postgres.ts';
import { createSecret, type RequestFields, submit } from '../support/secrets.ts';
import type { TestApplication } from '../support/test-application.ts';
import { startThirdParty, type ThirdParty } from '../support/third-party.ts';

interface Asked {
  method?: string;
  queue?: string | null;
  headers?: Record<string, string>;
  wait?: number;
}

let database: TestDatabase;
let thirdParty: ThirdParty;
let cluster: Cluster;
/** Takes over from the one that dies. */
let survivor: Instance;
let application: TestApplication;

beforeAll(async () => {
  database = await createDatabase();
  thirdParty = await startThirdParty();
  cluster = createCluster(database.url, [`127.0.0.1:${thirdParty.port}`]);
  survivor = await cluster.start();
  application = await survivor.createApplication();
  const allowedMethods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
  await createSecret(survivor, application.asApplication, thirdParty.origin, { allowedMethods });
});
afterEach(() => thirdParty.answerWith(() => ({ body: { ok: true } })));
afterAll(async () => {
  await cluster.close();
  await thirdParty.close();
  await database.drop();
});

/** Of one queue where `input` says one: they differ by their names alone. */
function ask(instance: Instance, name: string, { headers, ...input }: Asked = {}): Promise<RequestFields> {
  return submit(instance, application.asApplication, {
    url: `${thirdParty.origin}/`,
    headers: { authorization: 'Bearer $CLIENT_SECRET', 'x-name': name, ...headers },
    ...input,
  });
}

/** Once it is settled, asked of the survivor. */
async function ended(id: string): Promise<RequestFields> {
  const find = () => findRequest(survivor, application.asApplication, id);
  await expect.poll(async () => (await find()).status, { timeout: 15_000 }).not.toBe('PENDING');
  return find();
}

/** How often it arrived. */
const arrivals = (name: string) => thirdParty.requests.filter(({ headers }) => headers['x-name'] === name).length;

const headers = { 'idempotency-key': 'k' };
const SAFE: [string, Asked][] = [
  ['a GET', { method: 'GET' }],
  ['a PUT with an Idempotency-Key', { method: 'PUT', headers }],
  ['a DELETE with an Idempotency-Key', { method: 'DELETE', headers }],
];
const UNSAFE: [string, Asked][] = [
  ['a POST', { method: 'POST' }],
  ['a POST with an Idempotency-Key', { method: 'POST', headers }],
  ['a PATCH with an Idempotency-Key', { method: 'PATCH', headers }],
  ['a PUT', { method: 'PUT' }],
  ['a DELETE', { method: 'DELETE' }],
];

describe('an instance that is killed while the third party answers', { timeout: 60_000 }, () => {
  it('leaves to another what may be sent again, and of the rest the word that its outcome is unknown', async () => {
    const victim = await cluster.start();
    thirdParty.hold();
    const before = thirdParty.requests.length;
    const asked = [...SAFE, ...UNSAFE].flatMap(([what, input], index) =>
      [null, `killed-${index}`].map(async (queue) => {
        const name = `${what}, ${queue === null ? 'alone' : 'in a queue'}`;
        const { id } = await ask(victim, name, { ...input, queue });
        return { name, id, safe: index < SAFE.length };
      }),
    );
    const requests = await Promise.all(asked);
    await thirdParty.received(before + requests.length);
    thirdParty.answerWith(() => ({ body: { ok: true } }));
    await victim.kill();
    for (const { name, id, safe } of requests) {
      const { status, error } = await ended(id);
      const expected = safe ? ['RESOLVED', undefined, 2] : ['FAILED', 'OUTCOME_UNKNOWN', 1];
      expect([name, status, error?.code, arrivals(name)]).toEqual([name, ...expected]);
    }
  });
});

describe('an instance that dies', { timeout: 60_000 }, () => {
  it.each([
    // Where it dies, what is then known of the first, how often it arrived, and what of the one after it.
    ['after-dispatching', 'OUTCOME_UNKNOWN', 0, undefined, 1],
    ['after-response', 'OUTCOME_UNKNOWN', 1, undefined, 1],
    ['before-settling', 'OUTCOME_UNKNOWN', 1, undefined, 1],
    // The one after it was started with the settling, and not sent.
    ['after-settling', undefined, 1, 'OUTCOME_UNKNOWN', 0],
  ])(
    '%s ends nothing twice and leaves nothing open',
    async (point, firstError, firstArrivals, nextError, nextArrivals) => {
      const holder = await cluster.start({ KILL_POINT: point, KILL_AFTER: '2' }, 'test/support/killing-main.ts');
      const held = thirdParty.hold();
      const queue = `dies-${point}`;
      // The first pass of its point is this one's, and the others wait behind it.
      const opener = await ask(holder, `${point} opener`, { queue });
      const first = await ask(holder, `${point} first`, { queue });
      const next = await ask(survivor, `${point} next`, { queue });
      held.letAllGo();
      expect(await holder.exited).toBe('SIGKILL');
      expect((await ended(opener.id)).status).toBe('RESOLVED');
      const outcomes = [await ended(first.id), await ended(next.id)];
      expect(outcomes.map(({ error }) => error?.code)).toEqual([firstError, nextError]);
      expect([arrivals(`${point} first`), arrivals(`${point} next`)]).toEqual([firstArrivals, nextArrivals]);
    },
  );

  it('after an admission that it could not acknowledge: what was stored ends all the same', async () => {
    const victim = await cluster.start(
      { KILL_POINT: 'after-admission', KILL_AFTER: '1' },
      'test/support/killing-main.ts',
    );
    await expect(ask(victim, 'unacknowledged', { queue: 'unacknowledged' })).rejects.toThrow();
    expect(await victim.exited).toBe('SIGKILL');
    const after = await ask(survivor, 'after it', { queue: 'unacknowledged', wait: 15_000 });
    expect([after.status, arrivals('unacknowledged')]).toEqual(['RESOLVED', 0]);
  });

  it('is taken over at its next start where it is the only one', async () => {
    const alone = await createDatabase();
    const single = createCluster(alone.url, [`127.0.0.1:${thirdParty.port}`]);
    try {
      const before = await single.start();
      const { asApplication } = await before.createApplication();
      await createSecret(before, asApplication, thirdParty.origin);
      const held = thirdParty.hold();
      const arrived = thirdParty.requests.length;
      const url = `${thirdParty.origin}/alone`;
      const [sent, waiting] = [
        await submit(before, asApplication, { url, queue: 'q' }),
        await submit(before, asApplication, { url, queue: 'q' }),
      ];
      await thirdParty.received(arrived + 1);
      await before.kill();
      held.letAllGo();
      const again = await single.start();
      const find = async (id: string) => (await findRequest(again, asApplication, id)).error?.code ?? 'none';
      await expect.poll(() => find(sent.id), { timeout: 15_000 }).toBe('OUTCOME_UNKNOWN');
      await expect
        .poll(async () => (await findRequest(again, asApplication, waiting.id)).status, { timeout: 15_000 })
        .toBe('RESOLVED');
    } finally {
      await single.close();
      await alone.drop();
    }
  });
});
