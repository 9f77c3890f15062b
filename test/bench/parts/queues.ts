import type { Bench } from '../bench.ts';
import { startLoop } from '../floor.ts';
import { drive, type Run } from '../load.ts';
import { against, type Comparison, type Measure, measure } from '../measure.ts';
import { contender, hearSingly, postAndHear, postAndWait, submitter, waiting } from '../operations.ts';
import { type Contender, interleave, type Result } from '../rounds.ts';
import { type Keyhole, startKeyhole } from '../server.ts';
import { spreadOf } from '../statistics.ts';
import { inputOf, type SubmissionInput } from '../submission.ts';

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

/** Submitted as fast as it empties; and a backlog. */
async function oneInstant(bench: Bench, keyhole: Keyhole): Promise<Measure[]> {
  const url = `${bench.thirdParty}/gated`;
  const milliseconds = bench.quick ? 1_000 : 3_000;
  const submitted = contender('server, 32 in flight', inOneQueue(bench, keyhole, url));
  const backlog = await backlogOf(bench, keyhole, [inputOf(url, { queue: 'one' })], bench.quick ? 500 : 4_000);
  const loop = await startLoop(bench, 'loop of call and write', 'serial-loop.ts', { thirdParty: url, stores: true });
  const contenders = {
    submitted,
    backlog,
    loop: { ...loop, run: () => loop.run({ inFlight: 1, milliseconds }) },
  };
  const result = await interleave(bench, contenders, {
    title: 'one queue, instant',
    load: { inFlight: 32, milliseconds },
    rounds: bench.quick ? 3 : 7,
    warmUpMs: bench.quick ? 1_000 : 3_000,
  });
  const floor = result.loop.rate();
  return [...ratesOf(result, against(floor, { atLeast: 0.5, orAtLeast: 2_000 })), floor];
}

/**
 * `each` requests to each queue, submitted and listened to while the third party keeps the first ones waiting, so that this
 * takes nothing from what is measured: from when it answers to the last end.
 */
async function backlogOf(
  bench: Bench,
  keyhole: Keyhole,
  queues: readonly SubmissionInput[],
  each: number,
): Promise<Contender> {
  const submit = submitter(bench, keyhole);
  const listenTo = await hearSingly(bench, keyhole, queues.length);
  const gate = { shut: `${bench.thirdParty}/shut`, open: `${bench.thirdParty}/open` };

  async function submitTo(count: number): Promise<string[]> {
    const ids: string[] = [];
    let next = 0;
    async function submitOne(): Promise<number> {
      const input = queues[next++ % queues.length];
      if (input !== undefined) ids.push(await submit(input));
      return 0;
    }
    await drive(submitOne, { inFlight: 64, count });
    return ids;
  }

  async function run(): Promise<Run> {
    await fetch(gate.shut);
    await submitTo(queues.length * (each - 1));
    const last = await submitTo(queues.length);
    const heard = await Promise.all(last.map(listenTo));
    const start = performance.now();
    await fetch(gate.open);
    await Promise.all(heard.map(({ ended }) => ended));
    const perSecond = ((queues.length * each) / (performance.now() - start)) * 1_000;
    return { perSecond, p50: Number.NaN, p99: Number.NaN };
  }
  return { name: 'server, a backlog', run };
}

/** A backlog has no latencies: nobody hears each of its ends. */
function ratesOf(result: Record<'submitted' | 'backlog', Result>, compare: (of: Measure) => Comparison): Measure[] {
  return [result.submitted.rate(compare), result.backlog.of('', '/s', (run) => run.perSecond, compare)];
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

/** From the first submission to the last end, all heard by one subscription; and a backlog. */
async function many(bench: Bench, keyhole: Keyhole): Promise<Measure[]> {
  const url = `${bench.thirdParty}/slow`;
  const inputsFor = (path: string) =>
    Array.from({ length: QUEUES }, (_, queue) => inputOf(bench.thirdParty + path, { queue: `queue ${queue}` }));
  const inputs = inputsFor('/slow');
  let next = 0;
  const operation = await postAndHear(bench, keyhole, () => inputs[next++ % QUEUES] ?? inputOf(url));
  const undici = await startLoop(bench, 'undici alone, one at a time', 'undici-alone.ts', { thirdParty: url });
  const contenders = {
    submitted: contender('server, submitted at once', operation),
    backlog: await backlogOf(bench, keyhole, inputsFor('/gated-slow'), EACH),
    undici: { ...undici, run: () => undici.run({ inFlight: 1, count: 20 }) },
  };
  const load = { inFlight: QUEUES * EACH, count: QUEUES * EACH };
  const title = `${QUEUES} queues of ${EACH}, 50 ms`;
  const result = await interleave(bench, contenders, { title, load, rounds: bench.quick ? 2 : 5 });
  const allowed = result.undici.runs.map((run) => run.perSecond * MAX_CONCURRENT);
  const floor = measure(`${title}: what ${MAX_CONCURRENT} at a time allow`, '/s', spreadOf(allowed));
  return [...ratesOf(result, against(floor, { atLeast: 0.85 })), floor];
}
