import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { findRequirements } from './requirements.ts';

export interface PostgresServer {
  /** Of its socket, in a temporary folder: no port can be taken twice. */
  url: string;
  /** The folder of the socket. */
  socketFolder: string;
  start(): Promise<void>;
  /** `fast` lets nobody finish but closes properly; `immediate` is a crash. */
  stop(mode?: 'fast' | 'immediate'): Promise<void>;
  /** Stops it and removes all. */
  close(): Promise<void>;
}

const STOP_SIGNALS = { fast: 'SIGINT', immediate: 'SIGQUIT' } as const;

/**
 * A Postgres of the test's own, started. Data does not survive a crash of the machine, only of Postgres, which is what
 * tests need and costs less. `settings` are those of postgresql.conf.
 */
export async function startPostgresServer(settings: Record<string, string> = {}): Promise<PostgresServer> {
  const { postgresBinaries } = findRequirements();
  if (postgresBinaries === null) throw new Error('This test needs Postgres binaries: skip it where there are none');
  const program = join(postgresBinaries, 'postgres');
  const folder = await mkdtemp(join(tmpdir(), 'keyhole-pg-'));
  const user = await unprivilegedUser();
  if (user !== undefined) await chown(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  const initdb = ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-locale', '--no-sync'];
  await promisify(execFile)(join(postgresBinaries, 'initdb'), initdb, { ...user, cwd: folder });

  const all = {
    listen_addresses: '',
    unix_socket_directories: folder,
    max_connections: '300',
    fsync: 'off',
    ...settings,
  };
  const args = ['-D', data, ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
  let child: ChildProcess | undefined;
  const killWithUs = () => child?.kill('SIGQUIT');
  process.once('exit', killWithUs);

  async function start(): Promise<void> {
    child = spawn(program, args, { ...user, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
    await untilReady(child);
  }

  async function stop(mode: keyof typeof STOP_SIGNALS = 'fast'): Promise<void> {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(STOP_SIGNALS[mode]);
    await exited;
  }

  async function close(): Promise<void> {
    await stop('immediate');
    process.off('exit', killWithUs);
    await rm(folder, { recursive: true, force: true });
  }

  try {
    await start();
  } catch (error) {
    await close();
    throw error;
  }
  const url = `postgresql://postgres@localhost/postgres?host=${encodeURIComponent(folder)}`;
  return { url, socketFolder: folder, start, stop, close };
}

/** Its log says so; what it says otherwise is kept for the error. */
async function untilReady(child: ChildProcess): Promise<void> {
  if (child.stderr === null) throw new Error('Postgres was started without its log');
  const log: string[] = [];
  const lines = createInterface(child.stderr);
  await new Promise<void>((resolve, reject) => {
    lines.on('line', (line) => {
      log.push(line);
      if (line.includes('ready to accept connections')) resolve();
    });
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`Postgres did not start:\n${log.join('\n')}`)));
  });
}

/** Postgres refuses to run as root. */
async function unprivilegedUser(): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const users = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  const user = ['postgres', 'nobody'].flatMap((name) => users.filter((fields) => fields[0] === name))[0];
  if (user === undefined) throw new Error('Tests run as root and find no other user for Postgres');
  return { uid: Number(user[2]), gid: Number(user[3]) };
}
