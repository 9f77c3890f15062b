import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openDatabase } from '../../../src/database/database.ts';
import { faultMessage } from '../../../src/fault-message.ts';

let dataDir: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'keyhole-data-'));
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

const open = () => openDatabase({ databaseUrl: null, dataDir, onPoolError: () => {} });
const ID = '00000000-0000-7000-8000-000000000001';

it('keeps its folder from a second process, and what is committed when its process is killed', async () => {
  const script = fileURLToPath(new URL('../../support/fixtures/hold-database.ts', import.meta.url));
  const holder = spawn(process.execPath, ['--import', 'tsx', script, dataDir, ID], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(holder, 'exit');
  try {
    expect(String((await once(holder.stdout, 'data'))[0])).toBe('written\n');
    await expect(open()).rejects.toThrow(`Another process uses the embedded database in ${dataDir}`);
  } finally {
    holder.kill('SIGKILL');
    await exited;
  }
  const database = await open();
  expect(await database.kysely.selectFrom('instances').select('id').execute()).toEqual([{ id: ID }]);
  await database.close();
});

it('is there again after it was closed, with a bounded log and nothing half made beside it', async () => {
  const database = await open();
  expect(await database.migrate()).toEqual([]);
  const settings = await database.hot<{ size: string }>(
    { name: 'size', text: `select current_setting('max_wal_size') as size` },
    [],
  );
  expect(settings).toEqual([{ size: '64MB' }]);
  await database.close();
  expect((await readdir(dataDir)).sort()).toEqual(['database', 'database.lock']);
});

it('says which setting is wrong where there can be no such folder', async () => {
  const file = join(dataDir, 'file');
  await writeFile(file, '');
  // A folder that takes no other, where there is one.
  const nowhere = process.platform === 'linux' ? ['/proc/nope', '/proc'] : [];
  for (const folder of [file, join(file, 'within'), ...nowhere]) {
    const opening = openDatabase({ databaseUrl: null, dataDir: folder, onPoolError: () => {} });
    const message = await opening.then(String, (error: Error) => faultMessage(error));
    expect(message).toMatch(new RegExp(`^Cannot use the folder ${folder}: .*: check DATA_DIR$`));
  }
});
