import type { Bench } from '../bench.ts';
import { startLoop } from '../floor.ts';
import { against, type Measure, measure } from '../measure.ts';
import { contender, postAndHear, postAndWait, waiting } from '../operations.ts';
import { interleave } from '../rounds.ts';
import { type Keyhole, startKeyhole } from '../server.ts';
import { spreadOf } from '../statistics.ts';
import { inputOf } from '../submission.ts';

const QUEUES = 1_000;
const EACH = 10;
/** The server's own, unless it is told. */
const MAX_CONCURRENT = 256;

/** One queue against what is as serial; many queues against the limit on concurrent requests. */
export async function measureQueues(bench: Bench): Promise<Measure[]> {
  const keyhole = await startKeyhole(bench, { databaseUrl: await bench.createDatabase() });
  return [...(await oneInstant(bench, keyhole)), ...(await oneSlow(bench, keyhole)), ...(await many(bench, keyhole))];
}

function inOneQueue(bench: Bench, keyhole: Keyhole, url: string) {
  const input = waiting(url, { queue: 'one' })();
  return postAndWait(bench, keyhole.origin, keyhole.page(), input);
}

/** Submitted as fast as it empties, and all at once. */
async function oneInstant(bench: Bench, keyhole: Keyhole): Promise<Measure[]> {
  const url = `${bench.thirdParty}/instant`;
  const milliseconds = bench.quick ? 1_000 : 3_000;
  const count = bench.quick ? 500 : 5_000;
  const submitted = contender('server, 32 in flight', inOneQueue(bench, keyhole, url));
  const piled = contender(
    'server, all at once',
    await postAndHear(bench, keyhole, () => inputOf(url, { queue: 'one' })),
  );
  const loop = await startLoop(bench, 'loop of call and write', 'serial-loop.ts', { thirdParty: url, stores: true });
  const contenders = {
    submitted,
    piled: { ...piled, run: () => piled.run({ inFlight: count, count }) },
    loop: { ...loop, run: () => loop.run({ inFlight: 1, milliseconds }) },
  };
  const result = await interleave(bench, contenders, {
    title: 'one queue, instant',
    load: { inFlight: 32, milliseconds },
    rounds: bench.quick ? 3 : 7,
    warmUpMs: bench.quick ? 1_000 : 3_000,
  });
  const floor = result.loop.rate();
  const target = { atLeast: 0.5, orAtLeast: 2_000 };
  return [result.submitted.rate(against(floor, target)), result.piled.rate(against(floor, target)), floor];
}

async function oneSlow(bench: Bench, keyhole: Keyhole): Promise<Measure[]> {
  const url = `${bench.thirdParty}/slow`;
  const count = bench.quick ? 20 : 60;
  const undici = await startLoop(bench, 'undici alone, one at a time', 'undici-alone.ts', { thirdParty: url });
  const contenders = {
    server: contender('server', inOneQueue(bench, keyhole, url)),
    undici: { ...undici, run: () => undici.run({ inFlight: 1, count }) },
  };
  const load = { inFlight: count, count };
  const result = await interleave(bench, contenders, { title: 'one queue, 50 ms', load, rounds: bench.quick ? 3 : 5 });
  const floor = result.undici.rate();
  return [result.server.rate(against(floor, { atLeast: 0.95 })), floor];
}

/** From the first submission to the last end, all heard by one subscription. */
async function many(bench: Bench, keyhole: Keyhole): Promise<Measure[]> {
  const url = `${bench.thirdParty}/slow`;
  const inputs = Array.from({ length: QUEUES }, (_, queue) => inputOf(url, { queue: `queue ${queue}` }));
  let next = 0;
  const operation = await postAndHear(bench, keyhole, () => inputs[next++ % QUEUES] ?? inputOf(url));
  const undici = await startLoop(bench, 'undici alone, one at a time', 'undici-alone.ts', { thirdParty: url });
  const contenders = {
    server: contender('server', operation),
    undici: { ...undici, run: () => undici.run({ inFlight: 1, count: 20 }) },
  };
  const load = { inFlight: QUEUES * EACH, count: QUEUES * EACH };
  const title = `${QUEUES} queues of ${EACH}, 50 ms`;
  const result = await interleave(bench, contenders, { title, load, rounds: bench.quick ? 2 : 5 });
  const allowed = result.undici.runs.map((run) => run.perSecond * MAX_CONCURRENT);
  const floor = measure(`${title}: what ${MAX_CONCURRENT} at a time allow`, '/s', spreadOf(allowed));
  return [result.server.rate(against(floor, { atLeast: 0.85 })), floor];
}
