import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type Cluster, createCluster } from '../../support/instances.ts';
import { createSecret } from '../../support/secrets.ts';
import { MARKER, startArrivalLog } from './arrivals.ts';
import { type Backlog, watchBacklog } from './backlog.ts';
import { type Figures, judge, type Outcome } from './judge.ts';
import { LANES, startLoad } from './load.ts';
import { createRandom } from './random.ts';
import { type Takeovers, watchTakeovers } from './takeovers.ts';
import { type Cause, startVictims } from './victims.ts';

export interface ChaosOptions {
  databaseUrl: string;
  kills: number;
  instances: number;
  seed: number;
  /** The server that can be killed at named points. */
  main: string;
  /** Called now and then. */
  onProgress?: (kills: number) => void;
}

export interface ChaosResult {
  figures: Figures & { kills: number; longestTakeoverMs: number };
  /** By where it was killed. */
  kills: ReadonlyMap<Cause, number>;
  faults: string[];
}

const LEASE_MS = 500;
const PATIENCE_MS = 60_000;

/** Kills instances under load, lets the rest finish, and judges. The database must be empty. */
export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
  const { databaseUrl, main, instances: count, kills } = options;
  const random = createRandom(options.seed);
  const thirdParty = await startArrivalLog(random);
  const cluster = createCluster(databaseUrl, [thirdParty.host], {
    KEYHOLE_LEASE_MS: String(LEASE_MS),
    LOG_LEVEL: 'silent',
  });
  const database = new pg.Pool({ connectionString: databaseUrl });
  let takeovers: Takeovers | undefined;
  let backlog: Backlog | undefined;
  try {
    const headers = await prepare(cluster, thirdParty.origin, main);
    const victims = startVictims({ cluster, main, random, count, kills });
    backlog = watchBacklog(database);
    const load = startLoad({
      url: `${thirdParty.origin}/`,
      headers,
      random,
      instances: () => victims.living,
      backlog,
    });
    takeovers = watchTakeovers(database, victims);
    const progress = setInterval(() => options.onProgress?.(sum(victims.kills)), 10_000);
    await victims.finished;
    clearInterval(progress);
    await load.stop();
    await untilSettled(database);
    await takeovers.stop();
    const { figures, faults } = judge(LANES, load.submitted, thirdParty.arrivals, await readOutcomes(database));
    const all = { kills: sum(victims.kills), ...figures, longestTakeoverMs: takeovers.longestMs };
    return { figures: all, kills: victims.kills, faults };
  } finally {
    await takeovers?.stop();
    await backlog?.stop();
    await cluster.close();
    await database.end();
    await thirdParty.close();
  }
}

/** Migrates, and makes the application and its client secret. */
async function prepare(cluster: Cluster, origin: string, main: string) {
  const first = await cluster.start({}, main);
  const { asApplication } = await first.createApplication();
  await createSecret(first, asApplication, origin, { name: 'chaos', allowedMethods: ['GET', 'POST', 'PUT'] });
  await first.kill();
  return asApplication;
}

/** What is open after all that time counts as lost. */
async function untilSettled(database: pg.Pool): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (performance.now() < deadline) {
    const { rows } = await database.query('select from open_requests limit 1');
    if (rows.length === 0) return;
    await sleep(100);
  }
}

async function readOutcomes(database: pg.Pool): Promise<Outcome[]> {
  const { rows } = await database.query<{ marker: string; status: string; error_code: string | null }>(
    'select headers ->> $1 as marker, status, error_code from requests',
    [MARKER],
  );
  return rows.map(({ marker, status, error_code: errorCode }) => {
    const [lane = '', number] = marker.split(' ');
    return { lane, number: Number(number), status, errorCode };
  });
}

function sum(kills: ReadonlyMap<Cause, number>): number {
  return [...kills.values()].reduce((all, each) => all + each, 0);
}
