import { writeFile } from 'node:fs/promises';
import { type Bench, createBench } from './bench.ts';
import { buildFloors, buildIfNeeded } from './build.ts';
import { type Measure, toFigures } from './measure.ts';
import { type Options, readOptions, USAGE } from './options.ts';
import { measureDelay } from './parts/delay.ts';
import { measureEmbedded } from './parts/embedded.ts';
import { measureHistory } from './parts/history.ts';
import { measureListeners } from './parts/listeners.ts';
import { measureQueues } from './parts/queues.ts';
import { measureSubmit } from './parts/submit.ts';
import { tableOf } from './table.ts';

type Part = (bench: Bench) => Promise<Measure[]>;

const PARTS: Record<string, Part> = {
  submit: measureSubmit,
  delay: measureDelay,
  queues: measureQueues,
  history: measureHistory,
  listeners: measureListeners,
  embedded: measureEmbedded,
};

/** It measures and does not judge: whatever the figures are, it ends well. False where a part could not be measured. */
async function main(options: Options): Promise<boolean> {
  buildIfNeeded(progress);
  progress('compiling what it is compared with');
  buildFloors();
  progress('starting Postgres and the third party');
  const bench = await createBench(options, progress);
  const measures: Measure[] = [];
  let complete = true;
  try {
    for (const [name, part] of Object.entries(PARTS)) {
      if (options.only !== null && options.only !== name) continue;
      try {
        measures.push(...(await part(bench)));
      } catch (error) {
        complete = false;
        progress(`${name} could not be measured: ${error instanceof Error ? error.stack : error}`);
      }
      await bench.endPart();
    }
  } finally {
    await bench.close();
  }
  process.stdout.write(`\n${tableOf(measures)}\n`);
  if (options.json !== null) await writeFile(options.json, JSON.stringify(measures.flatMap(toFigures), null, 2));
  return complete;
}

const begun = performance.now();

function progress(text: string): void {
  const seconds = Math.round((performance.now() - begun) / 1000);
  process.stderr.write(`${String(seconds).padStart(4)} s  ${text}\n`);
}

async function run(): Promise<number> {
  let options: Options;
  try {
    options = readOptions(process.argv.slice(2), Object.keys(PARTS));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n\n${USAGE}\n`);
    return 2;
  }
  // What was started ends with this process.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
  return (await main(options)) ? 0 : 1;
}

process.exit(await run());
