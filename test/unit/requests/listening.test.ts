import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely';
import { expect, it } from 'vitest';
import type { Database } from '../../../src/database/schema.ts';
import { createBus } from '../../../src/events/bus.ts';
import { createHistory } from '../../../src/requests/history.ts';
import { createListening } from '../../../src/requests/listening.ts';
import { createManualWheel } from '../execution/model/manual-wheel.ts';
import { draftOf } from '../execution/model/scripted-world.ts';

class BrokenDriver extends DummyDriver {
  override async acquireConnection(): Promise<never> {
    throw new Error('The database is away');
  }
}

/** On a database that has no rows, or is away. */
function createBench(driver: DummyDriver) {
  const db = new Kysely<Database>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => driver,
      createIntrospector: (kysely) => new PostgresIntrospector(kysely),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  });
  const bus = createBus();
  const wheel = createManualWheel();
  return { bus, wheel, listening: createListening({ db, bus, history: createHistory(db), wheel, maxPending: 10 }) };
}

it.each([true, false])(
  'whoever waited for an end leaves nothing behind that looks for it (read before: %s)',
  async (wasRead) => {
    const { bus, wheel, listening } = createBench(new DummyDriver());
    const ended = listening.ended(draftOf('a'), 60_000, wasRead);
    if (!wasRead) wheel.pass(2_000);
    expect((await ended).error?.code).toBe('CANCELED');
    expect([wheel.scheduled, bus.size]).toEqual([0, 0]);
  },
);

it('a look that fails is repeated, until the wait is over', async () => {
  const { bus, wheel, listening } = createBench(new BrokenDriver());
  const ended = listening.ended(draftOf('a'), 60_000, true);
  for (let passed = 0; passed < 60_000; passed += 2_000) {
    expect(wheel.scheduled).toBe(2);
    wheel.pass(2_000);
  }
  expect((await ended).status).toBe('PENDING');
  expect([wheel.scheduled, bus.size]).toEqual([0, 0]);
});

it('a subscription that cannot read how it stands does not stay', async () => {
  const { bus, listening } = createBench(new BrokenDriver());
  await expect(listening.updates(draftOf('a'))).rejects.toThrow('The database is away');
  expect(bus.size).toBe(0);
});
