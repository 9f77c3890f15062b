import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DatabaseHandle, openDatabase } from '../../src/database/database.ts';
import { type RunningApps, startApps } from '../support/apps.ts';
import { createDatabase, type TestDatabase } from '../support/postgres.ts';
import { submit } from '../support/secrets.ts';
import { startThirdParty, type ThirdParty } from '../support/third-party.ts';

let database: TestDatabase;
let thirdParty: ThirdParty;
let cluster: RunningApps;
let beside: DatabaseHandle;

beforeAll(async () => {
  database = await createDatabase();
  thirdParty = await startThirdParty();
  const { url } = database;
  cluster = await startApps({ databaseUrls: [url, url, url], origin: thirdParty.origin });
  beside = await openDatabase({ databaseUrl: url, dataDir: null, onPoolError: () => {} });
});
afterAll(async () => {
  await cluster.close();
  await beside.close();
  await thirdParty.close();
  await database.drop();
});

/** Submits to any of the instances, in turn. */
function ask(turn: number, input: object) {
  const { apps, application } = cluster;
  const app = apps[turn % apps.length];
  if (app === undefined) throw new Error('There are instances');
  return submit(app, application.asApplication, { url: `${thirdParty.origin}/`, ...input });
}

async function owners(): Promise<(string | null)[]> {
  const { rows } = await sql<{ id: string | null }>`select instance_id as id from queues`.execute(beside.kysely);
  return rows.map((row) => row.id);
}

describe('a queue that several instances append to', () => {
  it('is sent one after another, in the order of the acknowledgements', async () => {
    const before = thirdParty.requests.length;
    const numbers = Array.from({ length: 60 }, (_, number) => number);
    for (const number of numbers) await ask(number, { queue: 'in-order', data: { number } });
    const arrived = (await thirdParty.received(before + numbers.length)).slice(before);
    expect(arrived.map(({ body }) => JSON.parse(body.toString()).number)).toEqual(numbers);
    expect(arrived.map(({ overlapping }) => overlapping)).toEqual(numbers.map(() => 0));
  });

  it('keeps each submitter in order, and never sends two at a time, when many submit at once', async () => {
    const before = thirdParty.requests.length;
    async function run(submitter: number): Promise<void> {
      for (let number = 0; number < 10; number++) await ask(submitter, { queue: 'crowd', data: { submitter, number } });
    }
    await Promise.all(Array.from({ length: 9 }, (_, submitter) => run(submitter)));
    const arrived = (await thirdParty.received(before + 90)).slice(before);
    expect(arrived.filter(({ overlapping }) => overlapping > 0)).toEqual([]);
    const sent = arrived.map(({ body }) => JSON.parse(body.toString()));
    for (let submitter = 0; submitter < 9; submitter++) {
      const numbers = sent.filter((each) => each.submitter === submitter).map((each) => each.number);
      expect(numbers).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    }
  });

  it('goes on after one that failed', async () => {
    thirdParty.answerWith(({ url }) => (url === '/fails' ? 'cut' : { body: 'ok' }));
    const wait = 10_000;
    const [failed, next] = await Promise.all([
      ask(0, { queue: 'failing', url: `${thirdParty.origin}/fails`, wait }),
      ask(1, { queue: 'failing', wait }),
    ]);
    expect([failed.error?.code, next.status]).toEqual(['UPSTREAM_UNREACHABLE', 'RESOLVED']);
  });
});

describe('different queues', () => {
  it('never wait for each other, nor for one that is held up', async () => {
    const held = thirdParty.hold();
    const stuck = ask(0, { queue: 'stuck', wait: 10_000 });
    await thirdParty.received(thirdParty.requests.length + 1);
    thirdParty.answerWith(() => ({ body: 'ok' }));
    const others = Array.from({ length: 12 }, (_, n) => ask(n, { queue: `free-${n}`, wait: 10_000 }));
    const done = await Promise.all([...others, ask(1, { wait: 10_000 })]);
    expect(done.map(({ status }) => status)).toEqual(done.map(() => 'RESOLVED'));
    held.letAllGo();
    expect((await stuck).status).toBe('RESOLVED');
  });
});

describe('an idle queue', () => {
  it('belongs to nobody', async () => {
    await expect.poll(owners, { timeout: 10_000 }).toSatisfy((ids: unknown[]) => ids.every((id) => id === null));
    expect((await owners()).length).toBeGreaterThan(10);
  });

  it('becomes the instance of its next request', async () => {
    const held = thirdParty.hold();
    const before = thirdParty.requests.length;
    await ask(2, { queue: 'in-order' });
    await thirdParty.received(before + 1);
    expect((await owners()).filter((id) => id !== null)).toHaveLength(1);
    held.letAllGo();
    await expect.poll(owners, { timeout: 10_000 }).toSatisfy((ids: unknown[]) => ids.every((id) => id === null));
  });
});
