import { afterAll, beforeAll, expect, it } from 'vitest';
import { claim } from '../../../src/execution/claim.store.ts';
import { settleQueued } from '../../../src/execution/settlement.store.ts';
import { endOf, openQueues, type Queues } from './queues.ts';

const NOTHING = { next_id: null, next_started_at: null, next_revision: null, released: false };
let queues: Queues;
let instanceId: string;

beforeAll(async () => {
  queues = await openQueues();
  instanceId = await queues.newInstance();
});

afterAll(() => queues.close());

/** Five queues, and what is to come of each: of its settlement, then of a claim. */
async function fiveQueues() {
  const others = await queues.newQueue(instanceId);
  const proceeds = await queues.newQueue(instanceId);
  const waits = await queues.newQueue(instanceId);
  const ends = await queues.newQueue(instanceId);
  const again = await queues.newQueue(instanceId);
  await settleQueued(queues.hot, instanceId, [endOf(ends.first), endOf(again.first)], []);
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
    queues.hot,
    instanceId,
    expected.map(({ end }) => end),
    [],
  );
  expect(settled).toEqual(expected.map((each) => each.settled));
  const claimed = await claim(
    queues.hot,
    instanceId,
    expected.map(({ lease }) => lease),
    false,
  );
  expect(claimed).toEqual(expected.map((each) => each.claimed));
});

it('tells the same of one alone, which has statements of its own', async () => {
  for (const { end, settled, lease, claimed } of await fiveQueues()) {
    expect(await settleQueued(queues.hot, instanceId, [end], [])).toEqual([settled]);
    expect(await claim(queues.hot, instanceId, [lease], false)).toEqual([claimed]);
  }
});
