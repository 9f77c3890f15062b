import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DatabaseHandle, openDatabase } from '../../src/database/database.ts';
import { type RunningApps, startApps } from '../support/apps.ts';
import {
  HISTORY_UPDATED,
  type HistoryUpdated,
  REQUEST_UPDATED,
  type RequestUpdated,
  type Subscribed,
  TRANSPORTS,
} from '../support/listening.ts';
import { createDatabase, type TestDatabase } from '../support/postgres.ts';
import { type RequestFields, submit } from '../support/secrets.ts';
import { startThirdParty, type ThirdParty } from '../support/third-party.ts';

let database: TestDatabase;
let thirdParty: ThirdParty;
let cluster: RunningApps;
let beside: DatabaseHandle;

beforeAll(async () => {
  database = await createDatabase();
  thirdParty = await startThirdParty();
  const { url } = database;
  cluster = await startApps({ databaseUrls: [url, url], origin: thirdParty.origin });
  beside = await openDatabase({ databaseUrl: url, dataDir: null, onPoolError: () => {} });
});
afterAll(async () => {
  await cluster.close();
  await beside.close();
  await thirdParty.close();
  await database.drop();
});

function instance(index: 0 | 1) {
  const app = cluster.apps[index];
  if (app === undefined) throw new Error('There are two');
  return app;
}

const ask = (index: 0 | 1, input: object = {}) =>
  submit(instance(index), cluster.application.asApplication, { url: `${thirdParty.origin}/`, ...input });

/** Ends the connections on which instances hear of each other. */
async function breakEvents(): Promise<void> {
  await sql`select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = 'keyhole-events' and datname = current_database()`.execute(beside.kysely);
}

/** As another instance would settle it whose word is lost: nobody is notified. */
async function settleInSilence(): Promise<void> {
  await sql`with gone as (delete from open_requests returning application_id, request_id)
    update requests r set status = 'RESOLVED', status_code = 200, updated_at = now()
    from gone g where r.application_id = g.application_id and r.id = g.request_id`.execute(beside.kysely);
}

async function statesOf(listener: Subscribed<RequestUpdated>): Promise<string[]> {
  const events = await listener.rest();
  return events.map(({ data }) => data?.clientSecretRequestUpdated.status ?? 'none');
}

describe.each(TRANSPORTS)('a listener on another instance, over %s', (_, subscribe) => {
  const listen = (request: RequestFields) =>
    subscribe<RequestUpdated>(instance(1).url, cluster.application.asApplication, REQUEST_UPDATED, { id: request.id });
  const startedAtOf = (event: { data?: RequestUpdated | null }) => event.data?.clientSecretRequestUpdated.startedAt;

  it('hears the state as it stands, each change and the end', async () => {
    const held = thirdParty.hold();
    const first = await ask(0, { queue: 'heard' });
    const second = await ask(0, { queue: 'heard' });
    const listener = listen(second);
    expect(startedAtOf(await listener.next())).toBeNull();
    await held.letOneGo();
    expect(startedAtOf(await listener.next())).not.toBeNull();
    await held.letOneGo();
    expect(await statesOf(listener)).toEqual(['RESOLVED']);
    expect(await statesOf(listen(first))).toEqual(['RESOLVED']);
  });

  it('hears the end though the connection on which instances hear of each other was cut', async () => {
    const held = thirdParty.hold();
    const listener = listen(await ask(0));
    await listener.next();
    await breakEvents();
    await held.letOneGo();
    expect(await statesOf(listener)).toEqual(['RESOLVED']);
  });

  it('hears the end though nobody was notified of it', async () => {
    const held = thirdParty.hold();
    const listener = listen(await ask(0));
    await listener.next();
    await settleInSilence();
    expect(await statesOf(listener)).toEqual(['RESOLVED']);
    held.letAllGo();
  });

  it('hears the end of one that was cancelled and deleted at once', async () => {
    const held = thirdParty.hold();
    const request = await ask(0);
    const listener = listen(request);
    await listener.next();
    const remove = 'mutation ($id: ID!) { deleteClientSecretRequest(input: { id: $id }) { id } }';
    await instance(0).post(cluster.application.asApplication, remove, { id: request.id });
    expect(await statesOf(listener)).toEqual(['FAILED']);
    held.letAllGo();
  });

  it('of a history hears each request of the application, whoever sends it', async () => {
    const headers = cluster.application.asApplication;
    const listener = subscribe<HistoryUpdated>(instance(1).url, headers, HISTORY_UPDATED, { filter: {} });
    let attached = false;
    const heard = listener.next().then(() => {
      attached = true;
    });
    // When it is attached nothing tells: from then on it hears of what is submitted.
    while (!attached) await ask(0, { wait: 10_000 });
    await heard;
    const held = thirdParty.hold();
    const { id } = await ask(0);
    held.letAllGo();
    const states: string[] = [];
    while (states.at(-1) !== 'RESOLVED') {
      const { data } = await listener.next();
      const request = data?.clientSecretRequestHistoryUpdated;
      if (request?.id === id) states.push(request.status);
    }
    await listener.stop();
  });
});

it('a mutation that waits on one instance hears the end that another made', async () => {
  const held = thirdParty.hold();
  const before = thirdParty.requests.length;
  const first = await ask(0, { queue: 'waits' });
  await thirdParty.received(before + 1);
  // The queue is the first instance's: it sends what the second one took.
  const waiting = ask(1, { queue: 'waits', wait: 15_000 });
  held.letAllGo();
  expect((await waiting).status).toBe('RESOLVED');
  expect(first.status).toBe('PENDING');
});
