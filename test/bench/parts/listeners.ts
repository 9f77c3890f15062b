import type { Bench } from '../bench.ts';
import { startServerFloor } from '../floor.ts';
import { createHttpClient } from '../http-client.ts';
import type { Load, Run } from '../load.ts';
import { against, atMost, type Measure, measure } from '../measure.ts';
import { contender } from '../operations.ts';
import { type Contender, interleave } from '../rounds.ts';
import { startKeyhole } from '../server.ts';
import { openSocket } from '../socket-client.ts';
import { spreadOf } from '../statistics.ts';
import { inputOf, submitBody } from '../submission.ts';

/** The server's own limits. */
const PER_SOCKET = 100;
const PER_CALLER = 1_000;
const IDLE = 9_000;
/** Events that may be on their way to all subscribers at a time. */
const AHEAD = 3;

const LISTEN = JSON.stringify({
  query: `subscription {
    clientSecretRequestHistoryUpdated(filter: { status: RESOLVED }) { id status statusCode responseBody }
  }`,
});

export async function measureListeners(bench: Bench): Promise<Measure[]> {
  return [...(await measureDelivery(bench)), ...(await measureIdle(bench))];
}

/** One event to 1,000 subscribers of one caller, again and again. */
async function measureDelivery(bench: Bench): Promise<Measure[]> {
  const keyhole = await startKeyhole(bench, { databaseUrl: await bench.createDatabase() });
  const bare = await startServerFloor(bench, 'bare-graphql-ws.ts');
  const contenders = {
    server: await fanOut(bench, 'server', keyhole.origin, keyhole.page()),
    bare: await fanOut(bench, 'bare graphql-ws', bare, {}),
  };
  const result = await interleave(bench, contenders, {
    title: `delivery to ${PER_CALLER} subscribers`,
    load: { inFlight: AHEAD, count: bench.quick ? 60 : 200 },
    rounds: bench.quick ? 4 : 9,
    warmUpMs: bench.quick ? 1_500 : 4_000,
  });
  const deliveries = (run: Run) => run.perSecond * PER_CALLER;
  const floor = result.bare.of('', '/s', deliveries);
  return [result.server.of('', '/s', deliveries, against(floor, { atLeast: 0.7 })), floor];
}

/** An operation is over when as many events were heard as all subscribers are sent for it. */
async function fanOut(bench: Bench, name: string, origin: string, caller: Record<string, string>): Promise<Contender> {
  const client = createHttpClient(`${origin}/graphql`, caller);
  bench.defer(client.close);
  const body = submitBody(inputOf(`${bench.thirdParty}/instant`));
  let heard = 0;
  let published = 0;
  let waiting: { heard: number; resolve: () => void }[] = [];
  await subscribeAll(bench, origin, caller, PER_CALLER, () => {
    if (++heard % PER_CALLER > 0) return;
    for (const { resolve } of waiting.filter((one) => one.heard <= heard)) resolve();
    waiting = waiting.filter((one) => one.heard > heard);
  });
  async function publish(): Promise<number> {
    const enough = ++published * PER_CALLER;
    const delivered = new Promise<void>((resolve) => waiting.push({ heard: enough, resolve }));
    await client.post(body);
    await delivered;
    return 0;
  }
  const bounded = contender(name, publish);
  // Warming up, too: more on their way than this would be a backlog.
  return { name, run: (load: Load) => bounded.run('inFlight' in load ? { ...load, inFlight: AHEAD } : load) };
}

/** What subscribers cost that hear nothing: those of one caller are there before the first look, and have warmed the server up. */
async function measureIdle(bench: Bench): Promise<Measure[]> {
  const keyhole = await startKeyhole(bench, { databaseUrl: await bench.createDatabase() });
  await subscribeAll(bench, keyhole.origin, keyhole.page(), PER_CALLER, () => {});
  const before = await keyhole.memory();
  for (let visitor = 1; visitor <= IDLE / PER_CALLER; visitor++) {
    await subscribeAll(bench, keyhole.origin, keyhole.page(visitor), PER_CALLER, () => {});
    bench.progress(`idle subscribers: ${visitor * PER_CALLER}`);
  }
  const after = await keyhole.memory();
  const each = (which: 'heap' | 'resident') => spreadOf([(after[which] - before[which]) / IDLE / 1_000]);
  const title = `${IDLE.toLocaleString('en-US')} idle subscribers`;
  return [
    measure(`${title}: heap and buffers of each`, 'kB', each('heap'), [atMost(20)]),
    measure(`${title}: resident memory of each`, 'kB', each('resident'), [atMost(20)]),
  ];
}

async function subscribeAll(
  bench: Bench,
  origin: string,
  caller: Record<string, string>,
  count: number,
  hear: () => void,
): Promise<void> {
  const sockets = await Promise.all(Array.from({ length: count / PER_SOCKET }, () => openSocket(origin, caller)));
  for (const socket of sockets) {
    bench.defer(async () => socket.close());
    for (let subscriber = 0; subscriber < PER_SOCKET; subscriber++) socket.subscribe(LISTEN, hear);
  }
  await Promise.all(sockets.map((socket) => socket.subscribed()));
}
