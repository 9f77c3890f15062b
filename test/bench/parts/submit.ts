import type { Bench } from '../bench.ts';
import { startLoop, startServerFloor } from '../floor.ts';
import { against, atMost, type Measure, measure } from '../measure.ts';
import { contender, postAndHear, postAndWait, socketAndWait, waiting } from '../operations.ts';
import { interleave } from '../rounds.ts';
import { startKeyhole } from '../server.ts';
import { spreadOf } from '../statistics.ts';

/** Submit and hear the end: the mutation, the third party called, both sides stored, the end heard. */
export async function measureSubmit(bench: Bench): Promise<Measure[]> {
  const contenders = await startContenders(bench);
  const measures: Measure[] = [];
  for (const inFlight of [1, 16, 64]) {
    const result = await interleave(bench, contenders, {
      title: `submit, ${inFlight} in flight`,
      load: { inFlight, milliseconds: bench.quick ? 500 : 2_000 },
      rounds: bench.quick ? 3 : 7,
      warmUpMs: inFlight > 1 ? 0 : bench.quick ? 1_000 : 4_000,
    });
    const undici = result.undici.rate();
    const single = result.single.rate();
    const batched = result.batched.rate();
    const http = result.http.rate(against(undici));
    const naive = result.naive.rate(against(http));
    const most = inFlight === 64;
    measures.push(
      result.wait.rate(against(http, most ? { atLeast: 0.6 } : {}), against(naive, most ? { atLeast: 3 } : {})),
      result.subscription.rate(against(http)),
      result.socket.rate(against(http, most ? { atLeast: 0.75 } : {})),
      result.engine.rate(
        against(batched, most ? { atLeast: 0.45 } : {}),
        against(undici, most ? { atLeast: 0.35 } : {}),
      ),
      ...[http, naive, result.yoga.rate(), undici, batched, single],
    );
    if (inFlight !== 1) continue;
    const added = result.wait.runs.map((run, round) => run.p50 - (result.undici.runs[round]?.p50 ?? 0));
    measures.push(measure('submit, 1 in flight: p50 over that of undici alone', 'ms', spreadOf(added), [atMost(1)]));
  }
  return measures;
}

async function startContenders(bench: Bench) {
  const thirdParty = `${bench.thirdParty}/instant`;
  const storing = { thirdParty, stores: true };
  const keyhole = await startKeyhole(bench, { databaseUrl: await bench.createDatabase() });
  const makeInput = waiting(thirdParty);
  const { wait: _, ...unwaited } = makeInput();
  const post = async (file: string, stores: boolean) =>
    postAndWait(bench, await startServerFloor(bench, file, stores ? storing : {}), {}, makeInput());
  return {
    wait: contender('with wait', postAndWait(bench, keyhole.origin, keyhole.page(), makeInput())),
    subscription: contender('heard by a subscription', await postAndHear(bench, keyhole, () => unwaited)),
    socket: contender('over one WebSocket', await socketAndWait(bench, keyhole, makeInput())),
    engine: await startLoop(bench, 'engine alone', 'engine.ts', storing),
    http: contender('floor-http', await post('http.ts', true)),
    naive: contender('naive', await post('naive.ts', true)),
    yoga: contender('Yoga, empty resolver', await post('yoga-empty.ts', false)),
    undici: await startLoop(bench, 'undici alone', 'undici-alone.ts', { thirdParty }),
    batched: await startLoop(bench, 'batched writes alone', 'batched-writes.ts', { stores: true }),
    single: await startLoop(bench, 'single writes alone', 'single-writes.ts', { stores: true }),
  };
}
