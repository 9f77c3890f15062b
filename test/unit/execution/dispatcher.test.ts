import { describe, expect, it } from 'vitest';
import { collectAll } from '../../support/old-space.ts';
import { settled } from './model/deferred.ts';
import { createModelInstance } from './model/model-instance.ts';
import { createScriptedWorld, draftOf } from './model/scripted-world.ts';

function createBench(places = 10) {
  const scripted = createScriptedWorld();
  const instance = createModelInstance(scripted.world, 0, places);
  const errorOf = (id: string) => scripted.database.find(id)?.error?.code;
  const statusOf = (id: string) => scripted.database.find(id)?.status;
  /** Submits, and returns whether it was acknowledged once that is heard. */
  async function submit(id: string, queueKey: string | null = 'q'): Promise<void> {
    const acknowledged = instance.submit(draftOf(id, queueKey));
    await scripted.call('admit');
    expect(await acknowledged).toBe(true);
  }
  function record(id: string) {
    const found = scripted.database.find(id);
    if (found === null) throw new Error(`There is no ${id}`);
    return found;
  }
  return { ...scripted, instance, submit, record, errorOf, statusOf };
}

describe('a request in a queue', () => {
  it('that is cancelled while it is being started is not sent', async () => {
    const { instance, submit, record, call, go, run, arrivals, errorOf } = createBench();
    await submit('first');
    await submit('second');
    await go('answers first');
    await go('asks settle');
    // In the database the second has started; here nobody has heard of it.
    const canceled = instance.dispatcher.cancel(record('second'));
    await go('asks settle');
    await go('hears settle', 'last');
    // Too late for one that waits: it is read again, and ended wherever it is being sent.
    await call('load');
    await call('load');
    await go('asks settle');
    await run();
    await canceled;
    expect([arrivals, errorOf('second'), instance.slots.inUse]).toEqual([['first'], 'CANCELED', 0]);
  });

  it('that is cancelled while it is being sent is stopped, and the next one goes', async () => {
    const { instance, submit, record, call, run, arrivals, errorOf, statusOf } = createBench();
    await submit('first');
    await submit('second');
    const canceled = instance.dispatcher.cancel(record('first'));
    await call('settle');
    await canceled;
    expect([errorOf('first'), arrivals]).toEqual(['CANCELED', ['first', 'second']]);
    await run();
    expect(statusOf('second')).toBe('RESOLVED');
  });

  it('that is started before it expires is sent', async () => {
    const { instance, submit, go, run, arrivals, statusOf } = createBench();
    await submit('first');
    await submit('second');
    await go('answers first');
    await go('asks settle');
    const expired = instance.dispatcher.expire('a', 'second');
    await run();
    await expired;
    expect([arrivals, statusOf('second')]).toEqual([['first', 'second'], 'RESOLVED']);
  });

  it('that expires before it is started is skipped', async () => {
    const { instance, submit, call, run, arrivals, errorOf, statusOf } = createBench();
    await submit('first');
    await submit('second');
    await submit('third');
    const expired = instance.dispatcher.expire('a', 'second');
    await call('load');
    await call('settle');
    await expired;
    await run();
    expect([arrivals, errorOf('second'), statusOf('third')]).toEqual([['first', 'third'], 'EXPIRED', 'RESOLVED']);
  });
});

it('queues give their places on before their ends are stored, until as many are being stored as may be sent', async () => {
  const { submit, go, call, run, arrivals } = createBench(1);
  await submit('first', 'q');
  await submit('second', 'r');
  await submit('third', 's');
  await go('answers first');
  await call('claim');
  expect(arrivals).toEqual(['first', 'second']);
  await go('answers second');
  await expect(go('asks claim')).rejects.toThrow('No "asks claim"');
  await run();
  expect(arrivals).toEqual(['first', 'second', 'third']);
});

describe('an answer of the database that is lost', () => {
  it('of a settlement: nothing is settled or sent twice, and the next one goes', async () => {
    const { instance, submit, go, run, destine, arrivals, statusOf } = createBench();
    await submit('first');
    await submit('second');
    await go('answers first');
    destine('lost');
    await run();
    expect(arrivals).toEqual(['first']);
    instance.wheel.pass(2_000);
    await run();
    expect([arrivals, statusOf('first'), statusOf('second')]).toEqual([['first', 'second'], 'RESOLVED', 'RESOLVED']);
  });

  it('of an admission: what was stored is taken back and never sent, and its queue goes on', async () => {
    const { instance, submit, call, run, destine, database, arrivals, statusOf } = createBench();
    destine('lost');
    const refused = instance.submit(draftOf('first'));
    await call('admit');
    expect([await refused, statusOf('first')]).toEqual([false, 'PENDING']);
    await run();
    expect(database.find('first')).toBeNull();
    await submit('second');
    await run();
    expect([arrivals, statusOf('second'), instance.slots.inUse]).toEqual([['second'], 'RESOLVED', 0]);
  });

  it('of an admission, while its queue finds it: it is not sent before it is heard of', async () => {
    const { instance, submit, go, run, destine, arrivals, statusOf } = createBench();
    await submit('first');
    destine('lost');
    const refused = instance.submit(draftOf('second'));
    await go('asks admit');
    await go('answers first');
    await go('asks settle');
    await go('hears settle');
    expect(arrivals).toEqual(['first']);
    await go('hears admit');
    expect(await refused).toBe(false);
    await run();
    instance.wheel.pass(100);
    await run();
    expect([arrivals, statusOf('second')]).toEqual([['first'], undefined]);
  });
});

describe('an instance that loses its lease', () => {
  it('holds back what the database has started, and sends it where nobody took it over', async () => {
    const { instance, go, run, arrivals, statusOf } = createBench();
    const acknowledged = instance.submit(draftOf('first'));
    await go('asks admit');
    instance.stall();
    await go('hears admit');
    expect([await acknowledged, arrivals]).toEqual([true, []]);
    instance.revive();
    instance.wheel.pass(100);
    await run();
    expect([arrivals, statusOf('first')]).toEqual([['first'], 'RESOLVED']);
  });

  it('does not send what another instance took over', async () => {
    const { instance, world, go, run, arrivals, errorOf } = createBench();
    const other = createModelInstance(world, 1, 10);
    const acknowledged = instance.submit(draftOf('first'));
    await go('asks admit');
    instance.stall();
    instance.reaped();
    other.sweep();
    await go('hears admit');
    expect(await acknowledged).toBe(true);
    instance.revive();
    instance.wheel.pass(100);
    await run();
    expect([arrivals, errorOf('first'), instance.slots.inUse]).toEqual([[], 'OUTCOME_UNKNOWN', 0]);
  });
});

describe('an instance that is taken for dead and goes on as another', () => {
  it('does not end what it took over from itself, which is being sent anew', async () => {
    const { instance, go, call, run, arrivals, statusOf } = createBench();
    const acknowledged = instance.submit(draftOf('first', null, 'GET'));
    await go('asks admit');
    instance.stall();
    await go('hears admit');
    expect([await acknowledged, arrivals]).toEqual([true, []]);
    instance.reaped();
    instance.revive();
    instance.sweep();
    await call('start');
    await call('load');
    expect(arrivals).toEqual(['first']);
    // The run that lost it finds that out while it is on its way.
    instance.wheel.pass(100);
    await settled();
    expect([instance.dispatcher.isSending('first'), statusOf('first')]).toEqual([true, 'PENDING']);
    await run();
    expect([arrivals, statusOf('first'), instance.slots.inUse]).toEqual([['first'], 'RESOLVED', 0]);
  });

  it('finds what it took over while it was waiting for its start', async () => {
    const { instance, submit, go, call, run, arrivals, statusOf } = createBench(1);
    await submit('first', null);
    await submit('second', null);
    await go('answers first');
    await call('settle');
    // It is not this instance's any more when it is started.
    instance.stall();
    instance.reaped();
    instance.revive();
    await go('asks start');
    instance.sweep();
    await run();
    expect(arrivals).toEqual(['first']);
    instance.sweep();
    await run();
    expect([arrivals, statusOf('second'), instance.slots.inUse]).toEqual([['first', 'second'], 'RESOLVED', 0]);
  });
});

it('what waits for a place to be sent holds its key alone', () => {
  const { instance } = createBench(1);
  instance.slots.tryTake();
  const heapUsed = () => {
    collectAll();
    return process.memoryUsage().heapUsed / 1024 / 1024;
  };
  const before = heapUsed();
  for (let n = 0; n < 100; n++) {
    // A text of its own, in one piece.
    const body = Buffer.alloc(1024 * 1024, `${n}`).toString('latin1');
    instance.dispatcher.resume({ ...draftOf(`r${n}`, null), ...{ body } });
  }
  expect(instance.dispatcher.waiting).toBe(100);
  expect(heapUsed() - before).toBeLessThan(20);
});

describe('an instance that drains', () => {
  it('waits for what it sends and for what it is taking in, and starts nothing more', async () => {
    const { instance, submit, go, run, arrivals, statusOf } = createBench();
    await submit('first');
    await submit('second');
    const admitted = instance.submit(draftOf('alone', null));
    let drained = false;
    const draining = instance.dispatcher.drain().then(() => {
      drained = true;
    });
    await go('answers first');
    await go('asks settle');
    await go('hears settle');
    instance.wheel.pass(100);
    await settled();
    expect(drained).toBe(false);
    await run();
    expect(await admitted).toBe(true);
    while (!drained) {
      instance.wheel.pass(100);
      await run();
    }
    await draining;
    expect([arrivals, statusOf('second')]).toEqual([['first', 'alone'], 'PENDING']);
  });

  it('tells what it cannot finish that it stopped, and leaves to others what may be sent again', async () => {
    const { instance, submit, go, run, arrivals, database, statusOf } = createBench();
    await submit('alone', null);
    void instance.submit(draftOf('safe', null, 'GET'));
    await go('asks admit');
    await go('hears admit');
    expect(arrivals).toEqual(['alone', 'safe']);
    instance.dispatcher.leave();
    await run();
    expect(database.find('alone')?.error).toEqual({
      code: 'OUTCOME_UNKNOWN',
      message: 'The server stopped while this was being sent: the third party may have received it',
    });
    expect([arrivals, statusOf('safe')]).toEqual([['alone', 'safe'], 'PENDING']);
  });
});
