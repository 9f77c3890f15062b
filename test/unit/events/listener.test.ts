import { describe, expect, it } from 'vitest';
import { createBacklog } from '../../../src/events/backlog.ts';
import { createListener } from '../../../src/events/listener.ts';

interface Thing {
  id: string;
  state: number;
}

/** Each thing has 10 bytes; `stored` is what is loaded. */
function createBench(maxBytes = 1_000, maxPending = 5) {
  const keep = createBacklog(maxBytes);
  const stored = new Map<string, Thing>();
  const loaded: string[] = [];
  const closed: number[] = [];
  async function load(id: string): Promise<Thing | null> {
    loaded.push(id);
    return stored.get(id) ?? null;
  }
  function listen(number = 0) {
    return createListener<Thing>({
      maxPending,
      onClose: () => closed.push(number),
      keep(thing) {
        const { id } = thing;
        return keep(thing, 10, () => load(id));
      },
    });
  }
  return { listen, stored, loaded, closed };
}

const thing = (id: string, state = 0): Thing => ({ id, state });
const all = async (listener: AsyncIterable<Thing>) => {
  const things: Thing[] = [];
  for await (const each of listener) things.push(each);
  return things;
};

describe('a listener', () => {
  it('gets what is pushed, and the newest state of what it has not read', async () => {
    const { listen, closed } = createBench();
    const listener = listen();
    const first = listener.next();
    listener.push(thing('a'));
    expect(await first).toEqual({ done: false, value: thing('a') });
    for (const [id, state] of [
      ['b', 0],
      ['c', 0],
      ['b', 1],
    ] as const)
      listener.push(thing(id, state));
    listener.end();
    expect(closed).toEqual([]);
    expect(await all(listener)).toEqual([thing('b', 1), thing('c')]);
    expect(closed).toEqual([0]);
  });

  it('that reads nothing is ended beyond so many things', async () => {
    const { listen, closed } = createBench(1_000, 2);
    const listener = listen();
    for (const id of ['a', 'b', 'a', 'c']) listener.push(thing(id));
    expect(closed).toEqual([0]);
    expect(await all(listener)).toEqual([]);
  });

  it('that reads nothing keeps no more than there is room for, with all others: the rest it gets as it is by then', async () => {
    const { listen, stored, loaded } = createBench(30);
    const [one, other] = [listen(1), listen(2)];
    for (const id of ['a', 'b']) for (const listener of [one, other]) listener.push(thing(id));
    stored.set('b', thing('b', 7));
    for (const listener of [one, other]) listener.end();
    expect([await all(one), loaded]).toEqual([[thing('a'), thing('b')], []]);
    expect([await all(other), loaded]).toEqual([[thing('a'), thing('b', 7)], ['b']]);
    // There is room again.
    const later = listen(3);
    for (const id of ['c', 'd', 'e']) later.push(thing(id));
    later.end();
    expect([await all(later), loaded]).toEqual([[thing('c'), thing('d'), thing('e')], ['b']]);
  });

  it('passes over what is gone by the time that it is read', async () => {
    const { listen, stored } = createBench(0);
    const listener = listen();
    for (const id of ['a', 'b']) listener.push(thing(id));
    stored.set('b', thing('b', 1));
    listener.end();
    expect(await all(listener)).toEqual([thing('b', 1)]);
  });

  it('that goes away, or gets a newer state, leaves its room to others', async () => {
    const { listen, loaded } = createBench(20);
    const gone = listen();
    for (const state of [0, 1, 2]) gone.push(thing('a', state));
    gone.push(thing('b'));
    await gone.return?.();
    const listener = listen();
    for (const id of ['c', 'd']) listener.push(thing(id));
    listener.end();
    expect([await all(listener), loaded]).toEqual([[thing('c'), thing('d')], []]);
  });

  it('hears of the error where it cannot be loaded', async () => {
    const listener = createListener<Thing>({
      maxPending: 5,
      onClose() {},
      keep: () => ({ take: () => Promise.reject(new Error('away')), drop() {} }),
    });
    listener.push(thing('a'));
    await expect(listener.next()).rejects.toThrow('away');
  });
});
