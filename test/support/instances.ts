import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { generateMasterKey } from '../../src/secrets/master-keys.ts';
import { postGraphQL } from './graphql.ts';
import { createApplication, type Post, type TestApplication } from './test-application.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const OPERATOR_TOKEN = 'operator-token-of-a-test-0123456789';
const AS_OPERATOR = { authorization: `Bearer ${OPERATOR_TOKEN}` };

/** One server process. */
export interface Instance {
  /** Of the GraphQL endpoint. */
  url: string;
  pid: number;
  /** Lines of its log and of its standard error. */
  lines: string[];
  /** Resolves with how it ended: its status, or the signal. */
  exited: Promise<number | NodeJS.Signals>;
  readonly alive: boolean;
  signal(signal: NodeJS.Signals): void;
  /** Ends at once, whatever is under way. */
  kill(): Promise<void>;
  post: Post;
  isReady(): Promise<boolean>;
  createApplication(): Promise<TestApplication>;
}

/** It ended before it listened. */
export class EndedEarly extends Error {
  override readonly name = 'EndedEarly';
  /** Its status, or the signal. */
  readonly how: number | NodeJS.Signals;

  constructor(how: number | NodeJS.Signals, lines: readonly string[]) {
    super(`It ended before it listened (${how}):\n${lines.join('\n')}`);
    this.how = how;
  }
}

/** Instances of one installation: one database, one set of keys. */
export interface Cluster {
  /** Resolves once it takes requests; rejects, with what it said, where it ends before. */
  start(env?: Record<string, string>, main?: string): Promise<Instance>;
  /** Those that live. */
  readonly instances: readonly Instance[];
  /** Kills all that were started. */
  close(): Promise<void>;
}

/** `env`: settings of all of them. Everything on loopback may be reached; `httpHosts` by plain http. */
export function createCluster(
  databaseUrl: string,
  httpHosts: readonly string[],
  env: Record<string, string> = {},
): Cluster {
  const started = new Set<Instance>();
  const settings: Record<string, string> = {
    PATH: process.env.PATH ?? '',
    PORT: '0',
    DATABASE_URL: databaseUrl,
    LOG_LEVEL: 'warn',
    KEYHOLE_MASTER_KEYS: generateMasterKey(),
    KEYHOLE_OPERATOR_TOKEN: OPERATOR_TOKEN,
    KEYHOLE_ALLOW_ADDRESSES: '127.0.0.0/8',
    KEYHOLE_ALLOW_HTTP_HOSTS: httpHosts.join(','),
    KEYHOLE_LEASE_MS: '1000',
    KEYHOLE_DATABASE_POOL: '4',
    ...env,
  };

  return {
    async start(more = {}, main = 'src/main.ts') {
      const instance = await startInstance({ ...settings, ...more }, main);
      started.add(instance);
      void instance.exited.then(() => started.delete(instance));
      return instance;
    },
    get instances() {
      return [...started];
    },
    async close() {
      await Promise.all([...started].map((instance) => instance.kill()));
    },
  };
}

async function startInstance(env: Record<string, string>, main: string): Promise<Instance> {
  const loader = main.endsWith('.ts') ? ['--import', 'tsx'] : [];
  const child = spawn(process.execPath, [...loader, main], {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const killWithUs = () => child.kill('SIGKILL');
  process.once('exit', killWithUs);
  const exited = once(child, 'exit').then(([status, signal]): number | NodeJS.Signals => {
    process.off('exit', killWithUs);
    return status ?? signal;
  });
  const lines: string[] = [];
  const url = await untilListening(child, lines);
  const instance: Instance = {
    url,
    pid: child.pid ?? 0,
    lines,
    exited,
    get alive() {
      return child.exitCode === null && child.signalCode === null;
    },
    signal: (signal) => void child.kill(signal),
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
    post: (headers, query, variables) => postGraphQL(url, headers, query, variables),
    isReady: async () => (await fetch(new URL('/ready', url))).ok,
    createApplication: () => createApplication(instance.post, AS_OPERATOR),
  };
  return instance;
}

/** Its standard output says so. What it says otherwise is kept, for the test that fails. */
function untilListening(child: ChildProcess, lines: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) throw new Error('It was started without its output');
      createInterface(stream).on('line', (line) => {
        lines.push(line);
        const [, url] = /^Keyhole is listening on (http:\S+)$/.exec(line) ?? [];
        if (url !== undefined) resolve(url);
      });
    }
    child.once('error', reject);
    child.once('exit', (status, signal) => reject(new EndedEarly(status ?? signal ?? 0, lines)));
  });
}
