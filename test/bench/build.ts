import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const SERVER = join(ROOT, 'dist/src/main.js');
export const FLOORS = join(ROOT, 'node_modules/.cache/keyhole-bench/test/bench/floors');

/** Builds the server where that has not been done since its source changed. */
export function buildIfNeeded(progress: (text: string) => void): void {
  const source = Math.max(...['src', 'migrations', 'package.json'].map((name) => newest(join(ROOT, name))));
  if (existsSync(SERVER) && statSync(SERVER).mtimeMs > source) return;
  progress('building the server');
  execFileSync('npm', ['run', 'build'], { cwd: ROOT, stdio: ['ignore', process.stderr, 'inherit'] });
}

/** Compiled as the server is: what runs TypeScript as it stands adds to each function that it makes. */
export function buildFloors(): void {
  const config = fileURLToPath(new URL('floors/tsconfig.json', import.meta.url));
  execFileSync(join(ROOT, 'node_modules/.bin/tsc'), ['-p', config], { stdio: ['ignore', process.stderr, 'inherit'] });
}

function newest(path: string): number {
  const stats = statSync(path);
  if (!stats.isDirectory()) return stats.mtimeMs;
  return Math.max(0, ...readdirSync(path).map((name) => newest(join(path, name))));
}
