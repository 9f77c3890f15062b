import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const OPERATOR_TOKEN = 'operator-token-of-a-test-0123456789';

export interface KeyholeProcess {
  /** `http://127.0.0.1:PORT`, the same after a restart. */
  origin: string;
  /** Runs an operation as the operator, or as who the headers say; rejects with the first error's text. */
  run<T>(query: string, variables: object, headers?: Record<string, string>): Promise<T>;
  /** Ends at once, whatever is under way. */
  kill(): Promise<void>;
  /** Starts it again, on the same port with the same data. */
  start(): Promise<void>;
  close(): Promise<void>;
}

/** The server as `npm start` runs it, with an embedded database in a folder of its own, in a process that can be killed. */
export async function startKeyhole(env: Record<string, string>): Promise<KeyholeProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'keyhole-data-'));
  const settings = {
    PATH: process.env.PATH,
    PORT: '0',
    DATA_DIR: folder,
    LOG_LEVEL: 'silent',
    KEYHOLE_OPERATOR_TOKEN: OPERATOR_TOKEN,
    ...env,
  };
  let child: ChildProcess;
  let origin = '';

  async function start(): Promise<void> {
    child = spawn(process.execPath, ['--import', 'tsx', 'src/main.ts'], {
      cwd: ROOT,
      env: { ...settings, PORT: new URL(origin || 'http://x:0').port },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
      const [, found] = /^Keyhole is listening on (http:.*)\/graphql$/.exec(line) ?? [];
      if (!found) continue;
      origin = found;
      child.stdout?.resume();
      return;
    }
    throw new Error('The server ended before it listened');
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  }

  await start();
  return {
    origin,
    async run<T>(query: string, variables: object, headers = { Authorization: `Bearer ${OPERATOR_TOKEN}` }) {
      const response = await fetch(`${origin}/graphql`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', ...headers },
        body: JSON.stringify({ query, variables }),
      });
      // The API's answer, whose form the query decides.
      const { data, errors } = (await response.json()) as { data: T; errors?: { message: string }[] };
      if (errors?.[0]) throw new Error(errors[0].message);
      return data;
    },
    kill: () => end('SIGKILL'),
    start,
    async close() {
      await end('SIGKILL');
      await rm(folder, { recursive: true, force: true });
    },
  };
}
