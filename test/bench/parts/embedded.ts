import type { Bench } from '../bench.ts';
import { startLoop } from '../floor.ts';
import { against, type Measure } from '../measure.ts';
import { contender, postAndHear, postAndWait, socketAndWait, waiting } from '../operations.ts';
import { interleave } from '../rounds.ts';
import { startKeyhole } from '../server.ts';

/** The same submit run on the embedded database. */
export async function measureEmbedded(bench: Bench): Promise<Measure[]> {
  const thirdParty = `${bench.thirdParty}/instant`;
  const keyhole = await startKeyhole(bench, { databaseUrl: null });
  const input = waiting(thirdParty)();
  const { wait: _, ...unwaited } = input;
  const contenders = {
    wait: contender('with wait', postAndWait(bench, keyhole.origin, keyhole.page(), input)),
    subscription: contender('heard by a subscription', await postAndHear(bench, keyhole, () => unwaited)),
    socket: contender('over one WebSocket', await socketAndWait(bench, keyhole, input)),
    undici: await startLoop(bench, 'undici alone', 'undici-alone.ts', { thirdParty }),
  };
  const measures: Measure[] = [];
  for (const inFlight of [1, 16, 64]) {
    const result = await interleave(bench, contenders, {
      title: `embedded, ${inFlight} in flight`,
      load: { inFlight, milliseconds: bench.quick ? 400 : 2_000 },
      rounds: bench.quick ? 3 : 5,
      warmUpMs: inFlight > 1 ? 0 : bench.quick ? 1_000 : 4_000,
    });
    const floor = result.undici.rate();
    measures.push(
      result.wait.rate(against(floor)),
      result.subscription.rate(against(floor)),
      result.socket.rate(against(floor)),
      floor,
    );
  }
  return measures;
}
