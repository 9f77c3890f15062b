import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { claim } from '../../../src/execution/claim.store.ts';
import {
  interruptedInQueues,
  type QueueRow,
  removeInstance,
  renewInstance,
  takeQueues,
} from '../../../src/execution/recovery.store.ts';
import { settleQueued } from '../../../src/execution/settlement.store.ts';
import { endOf, openQueues, type Queued, type Queues, type Session } from './queues.ts';

/** As `removeInstance`, on a connection of the test's own. */
const REMOVE = { name: 'remove', text: 'delete from instances where id = $1' };

let queues: Queues;
/** Holds a transaction open. */
let holder: Session;
let waiter: Session;
let instanceId: string;
let first: Queued;
let second: Queued;

beforeAll(async () => {
  queues = await openQueues();
  holder = await queues.openSession();
  waiter = await queues.openSession();
});

afterAll(() => queues.close());

beforeEach(async () => {
  instanceId = await queues.newInstance();
  ({ first, second } = await queues.newQueue(instanceId));
});

/** What another instance finds where this one is gone. */
async function takeOver(): Promise<{ queues: QueueRow[]; interrupted: string[] }> {
  const other = await queues.newInstance();
  return queues.kysely.transaction().execute(async (trx) => {
    const taken = await takeQueues(trx, other, 10);
    return { queues: taken, interrupted: (await interruptedInQueues(trx, taken)).map(({ id }) => id) };
  });
}

describe('a queue that goes on', () => {
  it('does not wait for a submission to it that is not committed', async () => {
    await holder.begin();
    const [third] = await queues.append(instanceId, first.lease.queue_key, 1, holder.hot);
    const afterFirst = await settleQueued(queues.hot, instanceId, [endOf(first)], []);
    expect(afterFirst).toMatchObject([{ held: true, next_id: second.id }]);
    await holder.commit();
    const afterSecond = await settleQueued(queues.hot, instanceId, [endOf(second)], []);
    expect(afterSecond).toMatchObject([{ held: true, next_id: third?.id }]);
  });

  it('lets submissions in while its settlement is not committed', async () => {
    await holder.begin();
    await settleQueued(holder.hot, instanceId, [endOf(first)], []);
    const [third] = await queues.append(instanceId, first.lease.queue_key, 1);
    await holder.commit();
    expect(third).toMatchObject({ started: false, owner_id: instanceId, epoch: first.epoch });
    const claimed = await settleQueued(queues.hot, instanceId, [endOf(second)], []);
    expect(claimed).toMatchObject([{ next_id: third?.id }]);
  });

  it('does not keep its instance from renewing its lease', async () => {
    await holder.begin();
    await settleQueued(holder.hot, instanceId, [endOf(first)], []);
    expect(await renewInstance(queues.hot, instanceId)).toBe(true);
    await holder.commit();
  });
});

describe('a queue that comes to its end', () => {
  it('is not let go where a submission to it was not committed yet', async () => {
    await settleQueued(queues.hot, instanceId, [endOf(first)], []);
    await holder.begin();
    const [third] = await queues.append(instanceId, first.lease.queue_key, 1, holder.hot);
    const settled = settleQueued(waiter.hot, instanceId, [endOf(second)], []);
    await waiter.untilBlocked();
    await holder.commit();
    expect(await settled).toMatchObject([{ held: true, next_id: null, released: false }]);
    expect(await claim(queues.hot, instanceId, [first.lease], false)).toMatchObject([{ next_id: third?.id }]);
  });

  it('is begun anew by a submission that waited until it was let go', async () => {
    await settleQueued(queues.hot, instanceId, [endOf(first)], []);
    await holder.begin();
    expect(await settleQueued(holder.hot, instanceId, [endOf(second)], [])).toMatchObject([{ released: true }]);
    const other = await queues.newInstance();
    const appended = queues.append(other, first.lease.queue_key, 1, waiter.hot);
    await waiter.untilBlocked();
    await holder.commit();
    expect(await appended).toMatchObject([{ started: true, owner_id: other, epoch: first.epoch + 1 }]);
  });
});

describe('an instance that is taken for dead', () => {
  it('stays until what it was starting is committed, so that who takes over sees it', async () => {
    await holder.begin();
    await settleQueued(holder.hot, instanceId, [endOf(first)], []);
    const removed = waiter.hot(REMOVE, [instanceId]);
    await waiter.untilBlocked();
    expect((await takeOver()).queues).toEqual([]);
    await holder.commit();
    await removed;
    expect(await takeOver()).toMatchObject({ queues: [first.lease].map(taken), interrupted: [second.id] });
  });

  it('starts nothing once it is removed, not even in a statement that began before', async () => {
    await holder.begin();
    await holder.hot(REMOVE, [instanceId]);
    const settled = settleQueued(waiter.hot, instanceId, [endOf(first)], []);
    await waiter.untilBlocked();
    await holder.commit();
    expect(await settled).toMatchObject([{ held: false, next_id: null, released: false }]);
    expect(await takeOver()).toMatchObject({ queues: [first.lease].map(taken), interrupted: [] });
  });

  it('lets no queue go either', async () => {
    await settleQueued(queues.hot, instanceId, [endOf(first)], []);
    await removeInstance(queues.kysely, instanceId);
    expect(await settleQueued(queues.hot, instanceId, [endOf(second)], [])).toMatchObject([
      { held: false, released: false },
    ]);
    expect(await claim(queues.hot, instanceId, [first.lease], false)).toMatchObject([{ held: false }]);
  });
});

function taken(lease: Queued['lease']): Queued['lease'] {
  return { ...lease, epoch: lease.epoch + 1 };
}
