import type { Bench } from '../bench.ts';
import { startLoop, startServerFloor } from '../floor.ts';
import type { Load } from '../load.ts';
import { atMost, type Measure, measure } from '../measure.ts';
import { contender, postAndWait, waiting } from '../operations.ts';
import { interleave, type Result } from '../rounds.ts';
import { startKeyhole } from '../server.ts';
import { spreadOf } from '../statistics.ts';

const CONNECTIONS = 512;

/**
 * What the server adds to a third party that takes 50 ms: the client's time, without what the third party took by its own
 * clock, less the p50 of the same for undici alone in the same round.
 */
export async function measureDelay(bench: Bench): Promise<Measure[]> {
  const thirdParty = `${bench.thirdParty}/slow`;
  const keyhole = await startKeyhole(bench, { databaseUrl: await bench.createDatabase() });
  const operation = postAndWait(bench, keyhole.origin, keyhole.page(), waiting(thirdParty)(), CONNECTIONS);
  const floor = await startServerFloor(bench, 'http.ts', { thirdParty, stores: true });
  const contenders = {
    server: contender('server', operation),
    http: contender('floor-http', postAndWait(bench, floor, {}, waiting(thirdParty)(), CONNECTIONS)),
    undici: await startLoop(bench, 'undici alone', 'undici-alone.ts', { thirdParty }),
  };
  for (const { run } of Object.values(contenders))
    await run({ inFlight: 256, milliseconds: bench.quick ? 1_500 : 4_000 });

  const milliseconds = bench.quick ? 700 : 3_000;
  const loads: { title: string; load: Load; p50AtMost?: number }[] = [
    { title: '1 in flight', load: { inFlight: 1, milliseconds } },
    { title: '16 in flight', load: { inFlight: 16, milliseconds } },
    { title: '64 in flight', load: { inFlight: 64, milliseconds } },
    { title: '100 a second', load: { perSecond: 100, milliseconds }, p50AtMost: 2 },
    { title: '1,000 a second', load: { perSecond: 1_000, milliseconds }, p50AtMost: 3 },
  ];
  const measures: Measure[] = [];
  for (const { title, load, p50AtMost } of loads) {
    const result = await interleave(bench, contenders, {
      title: `delay, ${title}`,
      load,
      rounds: bench.quick ? 3 : 5,
    });
    const over = ({ runs }: Result, which: 'p50' | 'p99') =>
      spreadOf(runs.map((run, round) => run[which] - (result.undici.runs[round]?.p50 ?? 0)));
    const target = p50AtMost === undefined ? [] : [atMost(p50AtMost)];
    measures.push(
      measure(`delay, ${title}: p50`, 'ms', over(result.server, 'p50'), target),
      measure(`delay, ${title}: p99`, 'ms', over(result.server, 'p99')),
      measure(`delay, ${title}: floor-http, p50`, 'ms', over(result.http, 'p50')),
    );
  }
  return measures;
}
