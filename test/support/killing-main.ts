import pg from 'pg';
import { createApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { type HotQueries, openDatabase } from '../../src/database/database.ts';

/**
 * The server with a mine in it: as `src/main.ts`, but the process kills itself at a point of a request's way, named by
 * KILL_POINT, when it comes there for the KILL_AFTER-th time. The points are statements of the engine, around which its
 * database handle is wrapped, so that the server itself knows nothing of it. Prints the ID of each heartbeat that is new.
 */
type KillPoint = 'after-admission' | 'after-dispatching' | 'after-response' | 'before-settling' | 'after-settling';

interface Row {
  started?: boolean;
  next_id?: string | null;
}

const ADMISSIONS = ['admit-parallel', 'admit-queued'];
const SETTLEMENTS = ['settle', 'settle-queued'];

const config = readConfig(process.env);
const point = (process.env.KILL_POINT ?? null) as KillPoint | null; // the test that sets it knows them
const databaseUrl = config.databaseUrl ?? '';
let passes = Number(process.env.KILL_AFTER ?? 1);

function die(): void {
  process.kill(process.pid, 'SIGKILL');
}

function isDue(at: KillPoint): boolean {
  return at === point && --passes <= 0;
}

/** Runs it in a transaction that is never committed. */
async function dieBeforeCommit(text: string, values: readonly unknown[]): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query('begin');
  await client.query(text, [...values]);
  die();
}

/** Committed as being sent, and nothing sent. */
function dispatches(name: string, rows: readonly Row[]): boolean {
  if (name === 'start-waiting') return rows.length > 0;
  return rows.some((row) => row.started === true || typeof row.next_id === 'string');
}

function mined(hot: HotQueries): HotQueries {
  return async <R>(statement: Parameters<HotQueries>[0], values: readonly unknown[]) => {
    const name = statement.name.replace(/-alone$/, '');
    const settles = SETTLEMENTS.includes(name);
    if (settles && isDue('after-response')) die();
    if (settles && isDue('before-settling')) await dieBeforeCommit(statement.text, values);
    const rows = await hot<R>(statement, values);
    if (ADMISSIONS.includes(name) && rows.length > 0 && isDue('after-admission')) die();
    if (dispatches(name, rows as Row[]) && isDue('after-dispatching')) die(); // whatever the statement, these are columns of it
    if (settles && isDue('after-settling')) die();
    return rows;
  };
}

const beats = new Set<unknown>();
function told(heartbeat: HotQueries): HotQueries {
  return (statement, values) => {
    if (!beats.has(values[0])) process.stdout.write(`instance ${values[0]}\n`);
    beats.add(values[0]);
    return heartbeat(statement, values);
  };
}

const database = await openDatabase({
  databaseUrl,
  dataDir: null,
  poolSize: config.poolSize,
  writePoolSize: config.writePoolSize,
  heartbeatTimeoutMs: Math.floor(config.leaseMs / 5),
  onPoolError: () => {},
});
const app = await createApp(config, {
  database: { ...database, hot: mined(database.hot), heartbeat: told(database.heartbeat) },
});
process.stdout.write(`Keyhole is listening on ${app.url}\n`);
