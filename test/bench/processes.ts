import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { FLOORS } from './build.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** For what is being done when a process is told to end. */
const GRACE_MS = 10_000;

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export interface NodeProcess {
  child: ChildProcess;
  /** The next message of the process that has this key; rejects with one that has `error`, or when the process ends. */
  answer<Message extends object>(key: keyof Message & string): Promise<Message>;
  close(): Promise<void>;
}

/** Node in a process of its own, with a channel for messages. */
export function startNode(args: readonly string[], env: NodeJS.ProcessEnv): NodeProcess {
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return {
    child,
    answer: (key) => nextMessage(child, key),
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
      await exited;
      clearTimeout(timer);
    },
  };
}

/** A file of `floors/`, compiled. */
export function startFloorProcess(file: string, env: NodeJS.ProcessEnv): NodeProcess {
  return startNode([join(FLOORS, file.replace(/\.ts$/, '.js'))], { NODE_ENV: 'production', ...env });
}

/** The first group of the first line on standard output that matches. */
export async function lineOf({ child }: NodeProcess, pattern: RegExp): Promise<string> {
  // The standard output of `startNode` is a pipe.
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    const [, found] = pattern.exec(line) ?? [];
    if (found === undefined) continue;
    child.stdout?.resume();
    return found;
  }
  throw new Error('A process ended before it was ready');
}

function nextMessage<Message extends object>(child: ChildProcess, key: keyof Message & string): Promise<Message> {
  return new Promise((resolve, reject) => {
    function hear(message: object): void {
      if ('error' in message) end(() => reject(new Error(`In a process of the benchmark: ${message.error}`)));
      else if (key in message) end(() => resolve(message as Message)); // the two ends of the channel are both ours
    }
    function exit(code: number | null): void {
      end(() => reject(new Error(`A process of the benchmark ended with status ${code}`)));
    }
    function end(settle: () => void): void {
      child.off('message', hear);
      child.off('exit', exit);
      settle();
    }
    child.on('message', hear);
    child.once('exit', exit);
  });
}
