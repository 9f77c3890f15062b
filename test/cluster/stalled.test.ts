import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findRequest } from '../support/find.ts';
import { type Cluster, createCluster, type Instance } from '../support/instances.ts';
import { createDatabase, type TestDatabase } from '../support/postgres.ts';
import { createSecret, type RequestFields, submit } from '../support/secrets.ts';
import type { TestApplication } from '../support/test-application.ts';
import { startThirdParty, type ThirdParty } from '../support/third-party.ts';

let database: TestDatabase;
let thirdParty: ThirdParty;
let cluster: Cluster;
let survivor: Instance;
let stalled: Instance;
let application: TestApplication;

beforeAll(async () => {
  database = await createDatabase();
  thirdParty = await startThirdParty();
  cluster = createCluster(database.url, [`127.0.0.1:${thirdParty.port}`]);
  [survivor, stalled] = await Promise.all([cluster.start(), cluster.start()]);
  application = await survivor.createApplication();
  await createSecret(survivor, application.asApplication, thirdParty.origin);
});
afterAll(async () => {
  stalled.signal('SIGCONT');
  await cluster.close();
  await thirdParty.close();
  await database.drop();
});

function ask(instance: Instance, name: string, input: object = {}): Promise<RequestFields> {
  const headers = { authorization: 'Bearer $CLIENT_SECRET', 'x-name': name };
  return submit(instance, application.asApplication, { url: `${thirdParty.origin}/`, headers, ...input });
}

const arrived = () => thirdParty.requests.map(({ headers }) => headers['x-name']);

const find = (id: string) => findRequest(survivor, application.asApplication, id);

describe('an instance that is stopped and goes on later', { timeout: 60_000 }, () => {
  it('changes nothing of what was taken over, stops sending by itself, and takes requests again', async () => {
    const held = thirdParty.hold();
    const sent = await ask(stalled, 'sent', { queue: 'q' });
    const alone = await ask(stalled, 'alone');
    await thirdParty.received(2);
    const behind = [
      await ask(stalled, 'behind 1', { queue: 'q' }),
      await ask(survivor, 'behind 2', { queue: 'q' }),
      await ask(stalled, 'behind 3', { queue: 'q' }),
    ];
    stalled.signal('SIGSTOP');

    for (const { id } of [sent, alone]) {
      await expect.poll(async () => (await find(id)).error?.code, { timeout: 15_000 }).toBe('OUTCOME_UNKNOWN');
    }
    // The other one sends what waited behind it.
    await thirdParty.received(3);
    expect(arrived()).toEqual(['sent', 'alone', 'behind 1']);
    const takenOver = await Promise.all([find(sent.id), find(alone.id)]);

    stalled.signal('SIGCONT');
    // Its own exchange is given up before anybody answers it.
    await expect.poll(() => thirdParty.requests[0]?.endedAt, { timeout: 10_000 }).not.toBeNull();
    held.letAllGo();
    for (const { id } of behind) {
      await expect.poll(async () => (await find(id)).status, { timeout: 10_000 }).toBe('RESOLVED');
    }
    expect(await Promise.all([find(sent.id), find(alone.id)])).toEqual(takenOver);
    expect(arrived()).toEqual(['sent', 'alone', 'behind 1', 'behind 2', 'behind 3']);

    await expect.poll(() => stalled.isReady(), { timeout: 10_000 }).toBe(true);
    expect((await ask(stalled, 'again', { queue: 'q', wait: 10_000 })).status).toBe('RESOLVED');
  });
});
