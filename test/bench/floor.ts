import type { Bench } from './bench.ts';
import type { Load, Run } from './load.ts';
import { startFloorProcess } from './processes.ts';
import type { Contender } from './rounds.ts';

interface FloorOptions {
  /** What it sends to, if it does. */
  thirdParty?: string;
  /** It gets a database of its own. */
  stores?: boolean;
}

/** A floor that does its work in its own process, told how much of it. */
export async function startLoop(
  bench: Bench,
  name: string,
  file: string,
  options: FloorOptions = {},
): Promise<Contender> {
  const { floor } = await start(bench, file, options);
  return {
    name,
    async run(load: Load) {
      const answer = floor.answer<{ run: Run }>('run');
      floor.child.send(load);
      return (await answer).run;
    },
  };
}

/** A floor that serves HTTP; its origin. */
export async function startServerFloor(bench: Bench, file: string, options: FloorOptions = {}): Promise<string> {
  return (await start(bench, file, options)).ready;
}

async function start(bench: Bench, file: string, { thirdParty, stores = false }: FloorOptions) {
  const floor = startFloorProcess(file, {
    ...(thirdParty === undefined ? {} : { THIRD_PARTY: thirdParty }),
    ...(stores ? { DATABASE_URL: await bench.createDatabase() } : {}),
  });
  bench.defer(floor.close);
  const { ready } = await floor.answer<{ ready: string }>('ready');
  return { floor, ready };
}
