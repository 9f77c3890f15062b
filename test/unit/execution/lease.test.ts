import { describe, expect, it } from 'vitest';
import { createLease } from '../../../src/execution/lease.ts';
import { type Deferred, defer, settled } from './model/deferred.ts';
import { createManualWheel } from './model/manual-wheel.ts';

/** A lease of 1,000 ms on a database that answers when the test says so. */
async function createBench(leaseMs: number | null = 1_000) {
  const wheel = createManualWheel();
  const renewals: { id: string; answer: Deferred<boolean> }[] = [];
  const registered: string[] = [];
  const events: string[] = [];
  const lease = createLease({
    leaseMs,
    port: {
      register: async (id) => void registered.push(id),
      renew(id) {
        const answer = defer<boolean>();
        renewals.push({ id, answer });
        return answer.promise;
      },
      remove: async (id) => void events.push(`removed ${registered.indexOf(id)}`),
    },
    onLost: () => events.push('lost'),
    onError: () => events.push('error'),
    schedule: wheel.schedule,
    now: wheel.now,
  });
  await lease.start();
  async function answer(alive: boolean): Promise<void> {
    renewals.shift()?.answer.resolve(alive);
    await settled();
  }
  return { lease, wheel, renewals, registered, events, answer };
}

describe('a lease', () => {
  it('is held from the start and renewed well before it runs out', async () => {
    const { lease, wheel, renewals, answer } = await createBench();
    expect(lease.held()).toBe(true);
    wheel.pass(200);
    expect(renewals).toHaveLength(1);
    await answer(true);
    for (let round = 0; round < 10; round++) {
      wheel.pass(200);
      await answer(true);
    }
    expect([lease.held(), lease.heldFor()]).toEqual([true, 2_200]);
  });

  it('is lost at four fifths, before others may take over, though a renewal hangs and nobody asks', async () => {
    const { lease, wheel, events } = await createBench();
    wheel.pass(200);
    wheel.pass(599);
    expect(events).toEqual([]);
    wheel.pass(1);
    expect([events, lease.held()]).toEqual([['lost'], false]);
  });

  it('counts from when the renewal was asked for, not from its answer', async () => {
    const { lease, wheel, events, answer } = await createBench();
    wheel.pass(200);
    wheel.pass(500);
    await answer(true);
    wheel.pass(299);
    expect(lease.held()).toBe(true);
    wheel.pass(1);
    expect([events, lease.held()]).toEqual([['lost'], false]);
  });

  it('is held again after an outage under the same ID, and its time begins anew', async () => {
    const { lease, wheel, renewals, events, answer } = await createBench();
    const { instanceId } = lease;
    wheel.pass(200);
    renewals.shift()?.answer.reject(new Error('away'));
    await settled();
    expect([lease.held(), lease.failing]).toEqual([true, true]);
    wheel.pass(5_000);
    expect(lease.held()).toBe(false);
    await answer(true);
    wheel.pass(200);
    await answer(true);
    expect([lease.held(), lease.failing, lease.instanceId, lease.heldFor()]).toEqual([true, false, instanceId, 200]);
    expect(events).toEqual(['error', 'lost']);
  });

  it('goes on under another ID where this one was taken for dead', async () => {
    const { lease, wheel, registered, events, answer } = await createBench();
    wheel.pass(200);
    await answer(false);
    expect(registered).toHaveLength(2);
    expect([lease.held(), lease.instanceId, events]).toEqual([true, registered[1], ['lost']]);
  });

  it('is not held any more from the moment of signing off', async () => {
    const { lease, events, wheel } = await createBench();
    await lease.stop();
    expect([lease.held(), events, wheel.scheduled]).toEqual([false, ['removed 0'], 0]);
  });

  it('cannot run out where there can be no others', async () => {
    const { lease, wheel, events } = await createBench(null);
    wheel.pass(1_000_000);
    expect([lease.held(), events]).toEqual([true, []]);
  });
});
