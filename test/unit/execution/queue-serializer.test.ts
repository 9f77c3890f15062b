import { describe, expect, it } from 'vitest';
import {
  type Claim,
  createQueueSerializer,
  type QueueOwnership,
  type SerializerPorts,
} from '../../../src/execution/queue-serializer.ts';
import { createSlots } from '../../../src/execution/slots.ts';
import { type Deferred, defer, settled } from './model/deferred.ts';

const OWNED: QueueOwnership = { applicationId: 'a', queueKey: 'q', epoch: 1 };
const OTHER: QueueOwnership = { applicationId: 'a', queueKey: 'r', epoch: 1 };

interface Call {
  name: 'send' | 'settle' | 'claim';
  item?: string;
  proceeds?: boolean;
  queue: string;
  answer: Deferred<never>;
}

/** A serializer whose ports answer when the test says so. */
function createBench({ limit = 10 } = {}) {
  const slots = createSlots(limit);
  const calls: Call[] = [];
  const state = { mayStart: true, draining: false, storesFew: true, pauses: 0 };
  const gates: Deferred<void>[] = [];
  function call<T>(rest: Omit<Call, 'answer'>): Promise<T> {
    const answer = defer<never>();
    calls.push({ ...rest, answer });
    return answer.promise;
  }
  const ports: SerializerPorts<string, string> = {
    send: (item) => call({ name: 'send', item, queue: item[0] ?? '' }),
    settle: ({ queueKey }, item, _outcome, proceeds) => call({ name: 'settle', item, proceeds, queue: queueKey }),
    claim: ({ queueKey }) => call({ name: 'claim', queue: queueKey }),
    takeSlot: () => new Promise((resolve) => slots.take(resolve)),
    giveSlotBack: () => slots.giveBack(),
    contended: () => slots.contended,
    storesFew: () => state.storesFew,
    mayStart: () => state.mayStart && !state.draining,
    async ready() {
      while (!state.draining && !state.mayStart) {
        const gate = defer();
        gates.push(gate);
        await gate.promise;
      }
      return !state.draining;
    },
    async pause() {
      state.pauses++;
    },
  };
  /** The next call, which must be this one; answers it and lets everything go on that can. */
  async function answer(name: Call['name'], value: Claim<string> | string): Promise<Call> {
    await settled();
    const next = calls.shift();
    expect(next?.name).toBe(name);
    next?.answer.resolve(value as never); // the test answers what the port promises
    await settled();
    return next as Call; // it is there, or the line above has failed
  }
  return {
    serializer: createQueueSerializer(ports),
    slots,
    calls,
    state,
    answer,
    open() {
      for (const gate of gates.splice(0)) gate.resolve();
    },
  };
}

const next = (item: string): Claim<string> => ({ kind: 'next', item });

describe('a queue', () => {
  it('sends the next one only when the one before is settled, and is let go when nothing is left', async () => {
    const { serializer, slots, calls, answer } = createBench();
    slots.take(() => {});
    const run = serializer.run(OWNED, 'q1');
    expect(calls.map(({ name, item }) => [name, item])).toEqual([['send', 'q1']]);
    await answer('send', 'ok');
    expect(calls).toMatchObject([{ name: 'settle', item: 'q1', proceeds: true }]);
    await answer('settle', next('q2'));
    expect(calls).toMatchObject([{ name: 'send', item: 'q2' }]);
    await answer('send', 'ok');
    await answer('settle', { kind: 'released' });
    await run;
    expect([slots.inUse, serializer.size]).toEqual([0, 0]);
  });

  it('stops without another word where it is lost to another instance', async () => {
    const { serializer, slots, calls, answer } = createBench();
    slots.take(() => {});
    const run = serializer.run(OWNED, 'q1');
    await answer('send', 'ok');
    await answer('settle', { kind: 'lost' });
    await run;
    expect([calls.length, slots.inUse]).toEqual([0, 0]);
  });

  it('asks again where something changed meanwhile, with a pause only from the second time on', async () => {
    const { serializer, state, answer } = createBench();
    const run = serializer.run(OWNED);
    await answer('claim', { kind: 'again' });
    expect(state.pauses).toBe(0);
    await answer('claim', { kind: 'again' });
    expect(state.pauses).toBe(1);
    await answer('claim', { kind: 'released' });
    await run;
  });

  it('never waits for another', async () => {
    const { serializer, calls } = createBench();
    void serializer.run(OWNED, 'q1');
    void serializer.run(OTHER, 'r1');
    expect(calls.map(({ item }) => item)).toEqual(['q1', 'r1']);
  });

  it('starts nothing more while the lease is lost, and goes on when it is held again', async () => {
    const { serializer, slots, calls, state, answer, open } = createBench();
    slots.take(() => {});
    void serializer.run(OWNED, 'q1');
    state.mayStart = false;
    await answer('send', 'ok');
    expect((await answer('settle', { kind: 'held' })).proceeds).toBe(false);
    expect([calls.length, slots.inUse]).toEqual([0, 0]);
    state.mayStart = true;
    open();
    await answer('claim', next('q2'));
    expect(calls).toMatchObject([{ name: 'send', item: 'q2' }]);
  });

  it('starts nothing where the lease was lost while it waited for a place', async () => {
    const { serializer, slots, calls, state, open } = createBench({ limit: 1 });
    slots.take(() => {});
    void serializer.run(OWNED);
    await settled();
    state.mayStart = false;
    slots.giveBack();
    await settled();
    expect([calls.length, slots.inUse]).toEqual([0, 0]);
    state.mayStart = true;
    open();
    await settled();
    expect(calls).toMatchObject([{ name: 'claim' }]);
  });

  it('settles what it is sending and ends, when the instance drains', async () => {
    const { serializer, slots, state, answer } = createBench();
    slots.take(() => {});
    const run = serializer.run(OWNED, 'q1');
    state.draining = true;
    await answer('send', 'ok');
    expect((await answer('settle', { kind: 'held' })).proceeds).toBe(false);
    await run;
    expect([slots.inUse, serializer.size]).toEqual([0, 0]);
  });
});

describe('queues that are more than there are places', () => {
  it('take turns: each sends one and gives its place to the next, which does not wait for what came of it', async () => {
    const { serializer, slots, calls, answer } = createBench({ limit: 1 });
    void serializer.run(OWNED);
    void serializer.run(OTHER);
    await answer('claim', next('q1'));
    await answer('send', 'ok');
    expect(calls).toMatchObject([
      { name: 'settle', item: 'q1', proceeds: false },
      { name: 'claim', queue: 'r' },
    ]);
    await answer('settle', { kind: 'held' });
    await answer('claim', next('r1'));
    await answer('send', 'ok');
    await answer('settle', { kind: 'held' });
    expect([calls.length, calls[0]?.name, calls[0]?.queue, slots.inUse]).toEqual([1, 'claim', 'q', 1]);
  });

  it('keep their places until their ends are stored, where too many are being stored', async () => {
    const { serializer, calls, state, answer } = createBench({ limit: 1 });
    state.storesFew = false;
    void serializer.run(OWNED);
    void serializer.run(OTHER);
    await answer('claim', next('q1'));
    await answer('send', 'ok');
    expect(calls).toMatchObject([{ name: 'settle', item: 'q1', proceeds: false }]);
    await answer('settle', { kind: 'held' });
    expect(calls).toMatchObject([{ name: 'claim', queue: 'r' }]);
  });
});
