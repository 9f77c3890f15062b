import { collectAll, collectYoung, oldBytes } from './old-space.ts';

/**
 * The server as it is, which collects its garbage at SIGUSR2: all of it the first time, and the young alone after that.
 * Prints `old` and the bytes that are old then.
 */
let isFirst = true;

process.on('SIGUSR2', () => {
  if (isFirst) collectAll();
  else collectYoung();
  isFirst = false;
  process.stdout.write(`old ${oldBytes()}\n`);
});

await import('../../src/main.ts');
