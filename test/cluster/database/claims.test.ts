import { afterAll, beforeAll, expect, it } from 'vitest';
import { registerApplication } from '../../../src/applications/registration.store.ts';
import { type DatabaseHandle, openDatabase } from '../../../src/database/database.ts';
import { type AdmittedQueued, admitQueued } from '../../../src/execution/admission.store.ts';
import { claim, type QueueLease } from '../../../src/execution/claim.store.ts';
import { registerInstance } from '../../../src/execution/recovery.store.ts';
import { type SettlementRow, settleQueued } from '../../../src/execution/settlement.store.ts';
import { newId } from '../../../src/ids.ts';
import { createDatabase, type TestDatabase } from '../../support/postgres.ts';

const NOTHING = { next_id: null, next_started_at: null, next_revision: null, released: false };
const instanceId = newId();
const clientSecretId = newId();
let testDatabase: TestDatabase;
let database: DatabaseHandle;
let applicationId: string;

beforeAll(async () => {
  testDatabase = await createDatabase();
  database = await openDatabase({ databaseUrl: testDatabase.url, dataDir: null, onPoolError: () => {} });
  const fields = { name: 'a', allowed_origins: [], user_tokens: null, requests_per_minute: null };
  const { application } = await database.kysely.transaction().execute((trx) => registerApplication(trx, fields));
  applicationId = application.id;
  const sealed = { masked_secret: '', key_id: '', wrapped_key: '', sealed_value: '' };
  const rules = { allowed_urls: [], allowed_methods: [], allowed_placements: [], tags: [] };
  const access = { users_allowed: '[]', groups_allowed: '[]', locked: false };
  const key = { application_id: applicationId, id: clientSecretId, name: 'S' };
  const times = { created_at: new Date(), updated_at: new Date() };
  await database.kysely
    .insertInto('client_secrets')
    .values({ ...key, ...sealed, ...rules, ...access, ...times })
    .execute();
  await registerInstance(database.kysely, instanceId);
});

afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});

interface Queued extends AdmittedQueued {
  lease: QueueLease;
}

interface Queue {
  first: Queued;
  second: Queued;
}

/** Two requests in a new queue; the first is sent with its admission. */
async function newQueue(): Promise<Queue> {
  const queueKey = newId();
  const now = Date.now();
  const [first, second] = [newId(), newId()];
  const rows = [first, second].map((id) => ({
    ...{ application_id: applicationId, application_revision: 1, id, owner: newId() },
    ...{ client_secret_id: clientSecretId, client_secret_revision: 1, client_secret_version: 1 },
    ...{ client_secret_name: 'S', url: 'https://api.example/', method: 'POST', target: newId() },
    ...{ queue: 'q', queue_key: queueKey, headers: null, body: null, timeout_ms: 1 },
    ...{ idempotency_key: null, fingerprint: null, starts: true },
    ...{ created_at: new Date(now).toISOString(), expires_at: new Date(now + 60_000).toISOString() },
  }));
  const admitted = await admitQueued(database.hot, instanceId, rows, []);
  function find(id: string): Queued {
    const row = admitted.get(id);
    if (row === undefined) throw new Error('Not admitted');
    return { ...row, lease: { application_id: applicationId, queue_key: queueKey, epoch: row.epoch } };
  }
  return { first: find(first), second: find(second) };
}

function endOf({ id, lease }: Queued, { proceeds = true, epoch = lease.epoch } = {}): SettlementRow {
  return {
    ...{ application_id: applicationId, id, mode: 'mine', status: 'RESOLVED', client_secret_version: 1 },
    ...{ status_code: 200, response_headers: null, response_kind: null, response_body: null },
    ...{ error_code: null, error_message: null, updated_at: new Date().toISOString(), epoch, proceeds },
  };
}

/** Five queues, and what is to come of each: of its settlement, then of a claim. */
async function fiveQueues() {
  const others = await newQueue();
  const proceeds = await newQueue();
  const waits = await newQueue();
  const ends = await newQueue();
  const again = await newQueue();
  await settleQueued(database.hot, instanceId, [endOf(ends.first), endOf(again.first)], []);
  const started = { held: true, next_started_at: expect.any(Date), next_revision: 1, released: false };
  return [
    {
      end: endOf(others.first, { epoch: 9 }),
      settled: { ...NOTHING, held: false },
      lease: { ...others.first.lease, epoch: 9 },
      claimed: { ...NOTHING, held: false },
    },
    {
      end: endOf(proceeds.first),
      settled: { ...started, next_id: proceeds.second.id },
      // What this instance started, and did not hear of, is started again.
      lease: proceeds.first.lease,
      claimed: { ...started, next_id: proceeds.second.id },
    },
    {
      end: endOf(waits.first, { proceeds: false }),
      settled: { ...NOTHING, held: true },
      lease: waits.first.lease,
      claimed: { ...started, next_id: waits.second.id },
    },
    {
      end: endOf(ends.second),
      settled: { ...NOTHING, held: true, released: true },
      lease: ends.first.lease,
      claimed: { ...NOTHING, held: false },
    },
    {
      end: endOf(again.first),
      settled: undefined,
      lease: again.first.lease,
      claimed: { ...started, next_id: again.second.id },
    },
  ];
}

it('tells of each in a batch what came of its own queue', async () => {
  const expected = await fiveQueues();
  const settled = await settleQueued(
    database.hot,
    instanceId,
    expected.map(({ end }) => end),
    [],
  );
  expect(settled).toEqual(expected.map((each) => each.settled));
  const claimed = await claim(
    database.hot,
    instanceId,
    expected.map(({ lease }) => lease),
    false,
  );
  expect(claimed).toEqual(expected.map((each) => each.claimed));
});

it('tells the same of one alone, which has statements of its own', async () => {
  for (const { end, settled, lease, claimed } of await fiveQueues()) {
    expect(await settleQueued(database.hot, instanceId, [end], [])).toEqual([settled]);
    expect(await claim(database.hot, instanceId, [lease], false)).toEqual([claimed]);
  }
});
