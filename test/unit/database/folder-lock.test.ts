import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { lockFolder } from '../../../src/database/folder-lock.ts';

let folder: string;
const children: ChildProcess[] = [];
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'keyhole-lock-')), 'lock');
});
afterEach(async () => {
  await Promise.all(children.splice(0).map(kill));
  await rm(join(folder, '..'), { recursive: true, force: true });
});

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

/** Another process that tries to take it. */
async function contend(): Promise<{ child: ChildProcess; answer: string }> {
  const script = fileURLToPath(new URL('../../support/fixtures/hold-lock.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', script, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const [chunk] = await once(child.stdout, 'data');
  return { child, answer: String(chunk).trim() };
}

it('is taken by one at a time, and free again when released', async () => {
  const lock = await lockFolder(folder);
  expect(lock).not.toBeNull();
  expect(await lockFolder(folder)).toBeNull();
  await lock?.release();
  const next = await lockFolder(folder);
  expect(next).not.toBeNull();
  await next?.release();
});

it('is refused to another process, and free as soon as its holder was killed', async () => {
  const holder = await contend();
  expect(holder.answer).toBe('held');
  expect((await contend()).answer).toBe('taken');
  await kill(holder.child);
  const lock = await lockFolder(folder);
  expect(lock).not.toBeNull();
  await lock?.release();
});

it('is taken by exactly one of many that find a dead holder at the same time', async () => {
  await kill((await contend()).child);
  const locks = await Promise.all(Array.from({ length: 20 }, () => lockFolder(folder)));
  expect(locks.filter((lock) => lock !== null)).toHaveLength(1);
  expect(await lockFolder(folder)).toBeNull();
  await Promise.all(locks.map((lock) => lock?.release()));
});

it('leaves one file, however often it was taken', async () => {
  for (let time = 0; time < 5; time++) await (await lockFolder(folder))?.release();
  expect(await readdir(folder)).toEqual(['5']);
});

it('works in a folder whose path is longer than the address of a socket', async () => {
  folder = join(folder, 'a'.repeat(120));
  const lock = await lockFolder(folder);
  expect(lock).not.toBeNull();
  expect(await lockFolder(folder)).toBeNull();
  await lock?.release();
});
