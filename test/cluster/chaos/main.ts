import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { compileMain } from '../../support/compiled-main.ts';
import { startPostgresServer } from '../../support/postgres-server.ts';
import { type ChaosResult, runChaos } from './run.ts';

/** `npm run chaos -- --kills 1000 --instances 3 --seed 1 [--json FILE]` */
const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '1000' },
    instances: { type: 'string', default: '3' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    json: { type: 'string' },
  },
});

function whole(name: 'kills' | 'instances' | 'seed'): number {
  const number = Number(values[name]);
  if (!Number.isSafeInteger(number) || number < 1) throw new Error(`--${name} must be a whole number from 1`);
  return number;
}

function print({ figures, kills, faults }: ChaosResult): void {
  const causes = [...kills].map(([cause, count]) => `${cause} ${count}`).join(', ');
  const lines: [string, number | string][] = [
    ['kills', `${figures.kills} (${causes})`],
    ['submitted (acknowledged)', figures.submitted],
    ['arrived', figures.arrived],
    ['lost', figures.lost],
    ['arrived twice', figures.twice],
    ['out of order', figures.reordered],
    ['overlapping', figures.overlapping],
    ['OUTCOME_UNKNOWN', figures.outcomeUnknown],
    ['sent again, where it is safe', figures.repeated],
    ['longest takeover', `${figures.longestTakeoverMs} ms`],
  ];
  for (const [name, value] of lines) process.stdout.write(`${name.padEnd(30)}${value}\n`);
  for (const fault of faults.slice(0, 20)) process.stdout.write(`  ${fault}\n`);
}

const options = { kills: whole('kills'), instances: whole('instances'), seed: whole('seed') };
process.stdout.write(`seed ${options.seed}\n`);
// The server that can be killed at named points, a thousand times over.
const main = await compileMain('killing-main');
const postgres = await startPostgresServer();
try {
  const onProgress = (kills: number) => process.stdout.write(`${kills} of ${options.kills} killed\n`);
  const result = await runChaos({ databaseUrl: postgres.url, main, onProgress, ...options });
  print(result);
  if (values.json !== undefined) {
    const { repeated: _, ...figures } = result.figures;
    await writeFile(values.json, `${JSON.stringify(figures, null, 2)}\n`);
  }
  process.exitCode = result.faults.length > 0 ? 1 : 0;
} finally {
  await postgres.close();
}
