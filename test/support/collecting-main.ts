import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * The server as it is, which collects its garbage at SIGUSR2: all of it the first time, so that what there is then is old,
 * and the young alone after that. Prints `old` and the bytes that are old then.
 */
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as (options?: { type: 'minor' }) => void;
let isFirst = true;

process.on('SIGUSR2', () => {
  if (isFirst) collect();
  else collect({ type: 'minor' });
  isFirst = false;
  const old = getHeapSpaceStatistics().find((space) => space.space_name === 'old_space');
  process.stdout.write(`old ${old?.space_used_size}\n`);
});

await import('../../src/main.ts');
