import { afterAll, beforeAll, expect, it } from 'vitest';
import type { HotQueries } from '../../../src/database/database.ts';
import { type AdmissionRow, type AdmittedQueued, admitQueued } from '../../../src/execution/admission.store.ts';
import { claim, type QueueLease } from '../../../src/execution/claim.store.ts';
import { registerInstance } from '../../../src/execution/recovery.store.ts';
import { type SettlementRow, settleQueued } from '../../../src/execution/settlement.store.ts';
import { newId } from '../../../src/ids.ts';
import { admissionOf, insertSecret, openFloorDatabase, settlementOf } from '../../bench/floors/database.ts';
import { inputOf } from '../../bench/submission.ts';
import { createDatabase, type TestDatabase } from '../../support/postgres.ts';

const NOTHING = { next_id: null, next_started_at: null, next_revision: null, released: false };
const instanceId = newId();
let testDatabase: TestDatabase;
let floor: Awaited<ReturnType<typeof openFloorDatabase>>;
let hot: HotQueries;
let secretId: string;

beforeAll(async () => {
  testDatabase = await createDatabase();
  floor = await openFloorDatabase(testDatabase.url);
  hot = floor.database.hot;
  secretId = await insertSecret(floor);
  await registerInstance(floor.database.kysely, instanceId);
});

afterAll(async () => {
  await floor.database.close();
  await testDatabase.drop();
});

interface Queued extends AdmittedQueued {
  row: AdmissionRow;
  lease: QueueLease;
}

interface Queue {
  first: Queued;
  second: Queued;
}

/** Two requests in a new queue; the first is sent with its admission. */
async function newQueue(): Promise<Queue> {
  const queue = { queue: 'q', queue_key: newId() };
  const newRow = () => ({ ...admissionOf(floor.application.id, secretId, inputOf('https://api.example/')), ...queue });
  const rows = [newRow(), newRow()] as const;
  const admitted = await admitQueued(hot, instanceId, rows, []);
  function queued(row: AdmissionRow): Queued {
    const answer = admitted.get(row.id);
    if (answer === undefined) throw new Error('Not admitted');
    const lease = { application_id: row.application_id, queue_key: queue.queue_key, epoch: answer.epoch };
    return { row, ...answer, lease };
  }
  return { first: queued(rows[0]), second: queued(rows[1]) };
}

function endOf({ row, lease }: Queued, { proceeds = true, epoch = lease.epoch } = {}): SettlementRow {
  return { ...settlementOf(row, '{}'), epoch, proceeds };
}

/** Five queues, and what is to come of each: of its settlement, then of a claim. */
async function fiveQueues() {
  const others = await newQueue();
  const proceeds = await newQueue();
  const waits = await newQueue();
  const ends = await newQueue();
  const again = await newQueue();
  await settleQueued(hot, instanceId, [endOf(ends.first), endOf(again.first)], []);
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
    hot,
    instanceId,
    expected.map(({ end }) => end),
    [],
  );
  expect(settled).toEqual(expected.map((each) => each.settled));
  const claimed = await claim(
    hot,
    instanceId,
    expected.map(({ lease }) => lease),
    false,
  );
  expect(claimed).toEqual(expected.map((each) => each.claimed));
});

it('tells the same of one alone, which has statements of its own', async () => {
  for (const { end, settled, lease, claimed } of await fiveQueues()) {
    expect(await settleQueued(hot, instanceId, [end], [])).toEqual([settled]);
    expect(await claim(hot, instanceId, [lease], false)).toEqual([claimed]);
  }
});
