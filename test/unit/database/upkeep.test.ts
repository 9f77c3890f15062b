import { expect, it } from 'vitest';
import { createUpkeep } from '../../../src/database/upkeep.ts';

const MINUTE = 60_000;

function setUp() {
  const state = { rows: 0, busy: false, now: 0, fails: false };
  const ran: string[] = [];
  const errors: unknown[] = [];
  const upkeep = createUpkeep({
    async run(text) {
      if (state.fails) throw new Error('disk full');
      ran.push(text);
    },
    tables: async () => ['requests', 'queues'],
    rowsTouched: () => state.rows,
    busy: () => state.busy,
    onError: (error) => errors.push(error),
    now: () => state.now,
  });
  return { state, ran, errors, upkeep };
}

const EVERYTHING = ['vacuum (analyze) "requests"', 'vacuum (analyze) "queues"', 'checkpoint'];

it('does nothing while nothing happens', async () => {
  const { state, ran, upkeep } = setUp();
  state.now = 60 * MINUTE;
  await upkeep.tick();
  expect(ran).toEqual([]);
});

it('vacuums early the first time, then once there is more to do', async () => {
  const { state, ran, upkeep } = setUp();
  state.rows = 999;
  await upkeep.tick();
  expect(ran).toEqual([]);
  state.rows = 1_000;
  await upkeep.tick();
  expect(ran).toEqual(EVERYTHING);
  state.rows = 4_999;
  await upkeep.tick();
  expect(ran).toEqual(EVERYTHING);
  state.rows = 5_000;
  await upkeep.tick();
  expect(ran).toEqual([...EVERYTHING, ...EVERYTHING]);
  expect(upkeep.counters).toEqual({ checkpoints: 2, vacuums: 2, lastAt: new Date(0) });
});

it('does what little there is after a while', async () => {
  const { state, ran, upkeep } = setUp();
  state.rows = 1;
  state.now = 5 * MINUTE;
  await upkeep.tick();
  expect(ran).toEqual(['checkpoint']);
  state.now = 15 * MINUTE;
  await upkeep.tick();
  expect(ran).toEqual(['checkpoint', ...EVERYTHING]);
});

it('waits for a quiet moment, but not for ever', async () => {
  const { state, ran, upkeep } = setUp();
  Object.assign(state, { rows: 1_000, busy: true });
  await upkeep.tick();
  state.now = 9_999;
  await upkeep.tick();
  expect(ran).toEqual([]);
  state.now = 10_000;
  await upkeep.tick();
  expect(ran).toEqual(EVERYTHING);
});

it('tells of a failure and tries again', async () => {
  const { state, ran, errors, upkeep } = setUp();
  Object.assign(state, { rows: 1_000, fails: true });
  await upkeep.tick();
  expect(errors).toEqual([new Error('disk full')]);
  state.fails = false;
  await upkeep.tick();
  expect(ran).toEqual(EVERYTHING);
});
