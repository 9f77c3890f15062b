import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSafeToRepeat } from '../../../src/execution/repeatable.ts';
import type { Work } from '../../../src/execution/work.ts';
import type { RequestRecord } from '../../../src/requests/request.ts';
import { settled } from './model/deferred.ts';
import { createMemoryDatabase } from './model/memory-database.ts';
import { createModelInstance, type Fate, type World } from './model/model-instance.ts';
import { draftOf } from './model/scripted-world.ts';

const INSTANCES = 3;
/** Fewer than there are queues: places are contended for. */
const PLACES = 2;

type Step =
  | { kind: 'submit'; instance: number; queue: number | null; method: 'POST' | 'GET' }
  | { kind: 'cancel' | 'expire'; instance: number; request: number }
  | { kind: 'kill' | 'stall' | 'revive' | 'takeOver'; instance: number };

const instance = fc.nat({ max: INSTANCES - 1 });
const submission = fc.record({
  kind: fc.constant('submit' as const),
  instance,
  queue: fc.option(fc.nat({ max: 2 }), { freq: 4 }),
  method: fc.constantFrom('POST' as const, 'POST' as const, 'GET' as const),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: submission },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom('cancel' as const, 'expire' as const),
      instance,
      request: fc.nat(30),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('kill' as const, 'stall' as const, 'revive' as const, 'takeOver' as const),
      instance,
    }),
  },
);
const fates = fc.infiniteStream(
  fc.oneof(
    { weight: 12, arbitrary: fc.constant<Fate>('done') },
    { weight: 1, arbitrary: fc.constantFrom<Fate>('refused', 'lost') },
  ),
);

/** Everything that the property looks at afterwards, and what moves it. */
function createWorld(scheduler: fc.Scheduler, stream: fc.Stream<Fate>) {
  const database = createMemoryDatabase();
  const arrivals: { id: string; by: string }[] = [];
  const underway = new Map<string, Work>();
  const overlaps: string[] = [];
  let calm = false;

  const world: World = {
    database,
    turn: (label) => scheduler.schedule(Promise.resolve(), label).then(() => {}),
    fate: () => (calm ? 'done' : (stream.next().value ?? 'done')),
    exchange(work, onAbort) {
      const { id, queueKey } = work.record;
      arrivals.push({ id, by: work.instanceId });
      for (const other of underway.values()) {
        if (queueKey !== null && other.record.queueKey === queueKey) overlaps.push(`${other.record.id} and ${id}`);
      }
      underway.set(id, work);
      return new Promise((resolve) => {
        onAbort(() => {
          underway.delete(id);
          resolve(null);
        });
        void world.turn(`answers ${id}`).then(() => {
          underway.delete(id);
          resolve(true);
        });
      });
    },
  };
  return {
    world,
    database,
    arrivals,
    overlaps,
    underway,
    /** From now on the database does what it is asked. */
    calmDown() {
      calm = true;
    },
  };
}

describe('dispatchers on one database', () => {
  it('lose nothing, send nothing twice and keep the order, whatever fails, dies, stalls, expires or is cancelled', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.array(step, { maxLength: 40 }), fates, async (scheduler, steps, stream) => {
        const { world, database, arrivals, overlaps, underway, calmDown } = createWorld(scheduler, stream);
        const instances = Array.from({ length: INSTANCES }, (_, number) => createModelInstance(world, number, PLACES));
        const acknowledged = new Set<string>();
        /** By whom. */
        const refused = new Map<string, number>();
        const drafts: RequestRecord[] = [];

        function take(move: Step): void {
          const subject = instances[move.instance];
          if (subject === undefined) return;
          if (move.kind === 'submit') {
            const draft = draftOf(`r${drafts.length}`, move.queue === null ? null : `q${move.queue}`, move.method);
            drafts.push(draft);
            void subject.submit(draft).then((taken) => {
              if (taken) acknowledged.add(draft.id);
              else refused.set(draft.id, move.instance);
            });
          } else if (move.kind === 'cancel' || move.kind === 'expire') {
            const record = database.find(`r${move.request}`);
            if (record === null || !subject.alive) return;
            if (move.kind === 'cancel') void subject.dispatcher.cancel(record);
            else void subject.dispatcher.expire('a', record.id);
          } else if (move.kind === 'kill') {
            // The last one lives on.
            if (instances.filter((each) => each.alive).length === 1) return;
            for (const [id, work] of underway)
              if (work.instanceId.startsWith(`i${move.instance}.`)) underway.delete(id);
            subject.kill();
          } else if (move.kind === 'takeOver') {
            for (const each of instances) if (!each.alive || each.stalled) each.reaped();
            subject.sweep();
          } else subject[move.kind]();
        }

        for (const move of steps) {
          take(move);
          await settled();
          for (let turns = 0; turns < 3 && scheduler.count() > 0; turns++) await scheduler.waitOne();
          for (const each of instances) each.wheel.pass(60);
        }

        // The storm is over: whoever stalls goes on, and the dead are found.
        calmDown();
        const isBusy = () =>
          database.open.size > 0 ||
          scheduler.count() > 0 ||
          instances.some((each) => each.alive && each.slots.inUse > 0);
        for (let round = 0; round < 5 || (isBusy() && round < 500); round++) {
          for (const each of instances) {
            if (each.alive) each.revive();
            else each.reaped();
            each.sweep();
            each.wheel.pass(2_000);
          }
          await settled();
          await scheduler.waitAll();
          await settled();
        }

        expect([...database.open.keys()], 'left open').toEqual([]);
        expect(overlaps, 'under way at the same time').toEqual([]);
        for (const id of acknowledged) expect(database.find(id)?.status, `end of ${id}`).toMatch(/RESOLVED|FAILED/);
        for (const draft of drafts) {
          const sentBy = arrivals.filter(({ id }) => id === draft.id).map(({ by }) => by);
          const times = sentBy.length;
          if (!isSafeToRepeat(draft)) expect(times, `arrivals of ${draft.id}`).toBeLessThanOrEqual(1);
          if (database.find(draft.id)?.status === 'RESOLVED') expect(times).toBeGreaterThanOrEqual(1);
          // Where only the answer was lost, another instance may have sent it before it could be undone.
          const refusedBy = `i${refused.get(draft.id)}.`;
          expect(
            sentBy.filter((by) => by.startsWith(refusedBy)),
            `refused: ${draft.id}`,
          ).toEqual([]);
        }
        for (const queueKey of ['q0', 'q1', 'q2']) {
          const sent = arrivals.filter(({ id }) => drafts[Number(id.slice(1))]?.queueKey === queueKey);
          const order = sent.map(({ id }) => database.positions.get(id) ?? 0);
          expect(order, `order of ${queueKey}`).toEqual([...order].sort((a, b) => a - b));
        }
        for (const each of instances) {
          if (each.alive) expect([each.slots.inUse, each.dispatcher.sending]).toEqual([0, 0]);
        }
      }),
      { numRuns: 300 },
    );
  }, 120_000);
});
