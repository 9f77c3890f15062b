import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { link, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { codeOf } from '../error-code.ts';
import { makeFolder } from '../folder.ts';

export interface FolderLock {
  release(): Promise<void>;
}

/**
 * Takes `folder`, which is made where it is not there, for this process alone; null if another process of this machine has it.
 *
 * The lock is a socket on which the holder listens: the kernel refuses connections once it is dead, however it died, and
 * numbers of processes, which repeat among containers, play no part. Holders follow one another under growing numbers and
 * the highest counts. Making a link is the one step that decides; since it never replaces a file, nobody can take a dead
 * holder's place away from its successor.
 */
export async function lockFolder(folder: string): Promise<FolderLock | null> {
  await makeFolder(folder);
  const path = await shortPath(folder);
  const server = createServer((socket) => socket.destroy()).unref();
  const own = `new-${randomUUID().slice(0, 8)}`;
  async function release(): Promise<void> {
    await new Promise((resolve) => server.close(resolve));
    await path.dispose();
  }
  try {
    server.listen(join(path.short, own));
    await once(server, 'listening');
    for (;;) {
      const highest = await highestNumber(folder);
      if (highest > 0 && (await isAlive(join(path.short, `${highest}`)))) break;
      const mine = highest + 1;
      if (!(await tryLink(join(folder, own), join(folder, `${mine}`)))) continue;
      // Somebody may have come and passed this number while it was free again: then theirs is higher.
      if ((await highestNumber(folder)) > mine) {
        await rm(join(folder, `${mine}`), { force: true });
        continue;
      }
      await rm(join(folder, own), { force: true });
      for (const number of await numbers(folder))
        if (number < mine) await rm(join(folder, `${number}`), { force: true });
      return { release };
    }
  } catch (error) {
    await release();
    throw error;
  }
  await rm(join(folder, own), { force: true });
  await release();
  return null;
}

async function numbers(folder: string): Promise<number[]> {
  return (await readdir(folder)).filter((name) => /^\d+$/.test(name)).map(Number);
}

async function highestNumber(folder: string): Promise<number> {
  return Math.max(0, ...(await numbers(folder)));
}

async function tryLink(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Only a refusal says that nobody listens any more: in doubt the folder is taken. */
async function isAlive(path: string): Promise<boolean> {
  const socket = connect(path);
  try {
    await once(socket, 'connect');
    return true;
  } catch (error) {
    return !['ECONNREFUSED', 'ENOENT'].includes(codeOf(error));
  } finally {
    socket.destroy();
  }
}

/** Addresses of sockets end at about 100 bytes: a long path is reached through a link in the temporary folder. */
async function shortPath(folder: string): Promise<{ short: string; dispose(): Promise<void> }> {
  if (Buffer.byteLength(folder) < 80) return { short: folder, dispose: async () => {} };
  const temporary = await mkdtemp(join(tmpdir(), 'keyhole-'));
  await symlink(folder, join(temporary, 'lock'));
  return { short: join(temporary, 'lock'), dispose: () => rm(temporary, { recursive: true, force: true }) };
}
