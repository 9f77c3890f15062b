import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface MainProcess {
  /** What it has printed to standard output so far, by lines. */
  lines: readonly string[];
  /** What it has printed to standard error so far. */
  errors(): string;
  /** The URL that it says it listens on. Rejects where it ends instead. */
  listening(): Promise<string>;
  /** Its status once it has ended; null where a signal ended it. */
  exited: Promise<number | null>;
  kill(signal: NodeJS.Signals): void;
}

/** `src/main.ts` in a process of its own, with this environment and nothing of the test's. */
export function startMain(env: Record<string, string>): MainProcess {
  const child: ChildProcess = spawn(process.execPath, ['--import', 'tsx', 'src/main.ts'], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  let errors = '';
  const exited = once(child, 'close').then(([code]) => code as number | null);
  const listening = new Promise<string>((resolve, reject) => {
    // Both are pipes, as asked for above.
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      lines.push(line);
      const [, url] = /^Keyhole is listening on (\S+)$/.exec(line) ?? [];
      if (url !== undefined) resolve(url);
    });
    child.stderr?.on('data', (chunk) => {
      errors += String(chunk);
    });
    void exited.then((code) => reject(new Error(`It ended with ${code} before it listened: ${errors}`)));
  });
  listening.catch(() => {});
  return {
    lines,
    errors: () => errors,
    listening: () => listening,
    exited,
    kill: (signal) => void child.kill(signal),
  };
}
