import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { generateMasterKey } from '../../../src/secrets/master-keys.ts';
import { postGraphQL } from '../../support/graphql.ts';
import { type MainProcess, startMain } from '../../support/main-process.ts';
import { createDatabase } from '../../support/postgres.ts';

let dataDir: string;
const running = new Set<MainProcess>();
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'keyhole-start-'));
});
afterEach(async () => {
  for (const main of running) main.kill('SIGKILL');
  await Promise.all([...running].map((main) => main.exited));
  running.clear();
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

function start(env: Record<string, string> = {}): MainProcess {
  const main = startMain({ PORT: '0', DATA_DIR: dataDir, LOG_LEVEL: 'silent', ...env });
  running.add(main);
  return main;
}

/** A folder of the test's own, with these files in it. */
async function folderWith(files: Record<string, string> = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'keyhole-start-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
}

async function takePort(): Promise<number> {
  const taken = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void taken.close());
  await once(taken, 'listening');
  return (taken.address() as AddressInfo).port; // listening on a port, not on a path
}

async function kindOf(url: string, headers: Record<string, string>): Promise<unknown> {
  const { text } = await postGraphQL(url, headers, '{ viewer { kind } }');
  return JSON.parse(text).data?.viewer.kind;
}

function shown(main: MainProcess, what: string): string | undefined {
  return main.lines.map((line) => new RegExp(`^\\s*${what}:\\s+(\\S+)$`).exec(line)?.[1]).find((found) => found);
}

/** The machine may be busy, and each process loads all of the server. */
const PATIENCE = { timeout: 60_000 };
const isEmbedded = inject('snapshot') !== null;

if (isEmbedded)
  describe('a start on the embedded database', PATIENCE, () => {
    it('prints where it listens and, at the first start, what it made; keys stay in the folder, for its owner alone', async () => {
      const first = start();
      const url = await first.listening();
      expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/graphql$/);
      await expect.poll(() => shown(first, 'operator token')).toBeDefined();
      const clientId = shown(first, 'client ID') ?? '';
      const clientSecret = shown(first, 'client secret') ?? '';
      const token = shown(first, 'operator token') ?? '';
      expect(first.lines.join('\n')).toMatch(/GraphiQL/);
      expect(first.lines.join('\n')).toMatch(/"?default"?/);
      const asApplication = { 'x-client-id': clientId, 'x-client-secret': clientSecret };
      expect(await kindOf(url, asApplication)).toBe('APPLICATION');
      expect(await kindOf(url, { authorization: `Bearer ${token}` })).toBe('OPERATOR');
      for (const name of await readdir(dataDir)) {
        const { mode } = await stat(join(dataDir, name));
        if (/key|token/.test(name)) expect(mode & 0o777, name).toBe(0o600);
      }
      first.kill('SIGTERM');
      expect(await first.exited).toBe(0);

      const second = start();
      const again = await second.listening();
      expect(await kindOf(again, asApplication)).toBe('APPLICATION');
      expect(await kindOf(again, { authorization: `Bearer ${token}` })).toBe('OPERATOR');
      expect(second.lines.join('\n')).not.toContain(clientSecret);
      expect(second.lines.join('\n')).not.toContain(token);
      expect(second.errors()).toBe('');
    });

    it('prints no token that was given', async () => {
      const given = 'an-operator-token-of-32-characters';
      const main = start({ KEYHOLE_OPERATOR_TOKEN: given });
      expect(await kindOf(await main.listening(), { authorization: `Bearer ${given}` })).toBe('OPERATOR');
      expect(main.lines.join('\n')).not.toContain(given);
      expect(shown(main, 'operator token')).toBeUndefined();
    });

    it('leaves a second process on the same folder a clear message', async () => {
      await start().listening();
      const second = start();
      expect(await second.exited).toBe(1);
      expect(second.errors()).toContain(dataDir);
      expect(second.errors()).toMatch(/another process/i);
      expect(second.errors()).not.toMatch(/\n\s+at /);
    });

    it('says in a line what is wrong with the port', async () => {
      const port = await takePort();
      const main = start({ PORT: String(port) });
      expect(await main.exited).toBe(1);
      expect(main.errors()).toMatch(new RegExp(`${port}.*(in use|taken)|(in use|taken).*${port}`, 's'));
      expect(main.errors()).not.toMatch(/\n\s+at /);
    });

    it('makes nothing that is shown once where its port is taken', async () => {
      const folder = await folderWith();
      expect(await start({ DATA_DIR: folder, PORT: String(await takePort()) }).exited).toBe(1);
      const again = start({ DATA_DIR: folder });
      await again.listening();
      await expect.poll(() => shown(again, 'operator token')).toBeDefined();
      expect([shown(again, 'client ID'), shown(again, 'client secret')]).not.toContain(undefined);
      again.kill('SIGTERM');
      await again.exited;
    });

    it.each(['', 'abc'])('does not take "%s" for the operator token that it kept', async (damaged) => {
      const main = start({ DATA_DIR: await folderWith({ 'operator-token': damaged }) });
      expect(await main.exited).toBe(1);
      expect(main.errors()).toMatch(/operator-token is damaged: it has fewer than 32 characters/);
      expect(main.errors()).not.toMatch(/\n\s+at /);
    });

    it('says in a line what is wrong with the database in it', async () => {
      const main = start({ DATA_DIR: await folderWith({ database: 'a file' }) });
      expect(await main.exited).toBe(1);
      expect(main.errors()).toMatch(/^The embedded database cannot use its folder: .*DATA_DIR.*\n$/);
    });

    it('says in a line what is wrong with the host, and not that it is the database', async () => {
      const main = start({ HOST: 'no-such-host.invalid' });
      expect(await main.exited).toBe(1);
      expect(main.errors()).toMatch(/^Cannot listen on port 0 of no-such-host.invalid: .*: check HOST and PORT\n$/);
    });

    it('says in a line what is wrong with the folder', async () => {
      const main = start({ DATA_DIR: '/dev/null' });
      expect(await main.exited).toBe(1);
      expect(main.errors()).toBe('Cannot use the folder /dev/null: it is a file: check DATA_DIR\n');
    });
  });

if (!isEmbedded)
  describe('a start on Postgres', PATIENCE, () => {
    it('generates nothing, prints nothing but where it listens, and has no operator without a token', async () => {
      const database = await createDatabase();
      const main = start({ DATABASE_URL: database.url, KEYHOLE_MASTER_KEYS: generateMasterKey() });
      const url = await main.listening();
      expect(main.lines[0]).toBe(`Keyhole is listening on ${url}`);
      expect(main.lines.join('\n')).not.toMatch(/client ID|client secret|token/);
      expect(await kindOf(url, { authorization: `Bearer ${'x'.repeat(40)}` })).toBeUndefined();
      expect(await readdir(dataDir)).toEqual([]);
      main.kill('SIGTERM');
      expect(await main.exited).toBe(0);
      await database.drop();
    });

    it('says in a line that the database cannot be reached', async () => {
      const main = start({
        DATABASE_URL: 'postgres://user:pass-word@127.0.0.1:1/none',
        KEYHOLE_MASTER_KEYS: generateMasterKey(),
      });
      expect(await main.exited).toBe(1);
      expect(main.errors()).toMatch(/database/i);
      expect(main.errors()).not.toContain('pass-word');
      expect(main.errors()).not.toMatch(/\n\s+at /);
    });
  });

if (isEmbedded)
  describe('wrong settings', PATIENCE, () => {
    it('end the process with status 1 and one message that names every fault', async () => {
      const main = start({
        PORT: 'many',
        METRICS_PORT: '-1',
        LOG_LEVEL: 'loud',
        KEYHOLE_MAX_CONCURRENT: '0',
        KEYHOLE_MAX_RESPONSE_BYTES: '1.5',
        KEYHOLE_MAX_REQUEST_BYTES: 'x',
        HISTORY_RETENTION_DAYS: '-1',
        KEYHOLE_OPERATOR_TOKEN: 'too-short-token',
        KEYHOLE_MASTER_KEYS: 'one:not-base64-of-32-bytes',
        KEYHOLE_ALLOW_ADDRESSES: '127.0.0.1/99',
        KEYHOLE_ALLOW_HTTP_HOSTS: 'http://host',
        KEYHOLE_GRAPHIQL: 'maybe',
        KEYHOLE_INTROSPECTION: 'perhaps',
        KEYHOLE_MIGRATE: 'sometimes',
        DATABASE_URL: 'mysql://user:pass-word@host/db',
      });
      expect(await main.exited).toBe(1);
      const message = main.errors();
      for (const name of [
        'PORT',
        'METRICS_PORT',
        'LOG_LEVEL',
        'KEYHOLE_MAX_CONCURRENT',
        'KEYHOLE_MAX_RESPONSE_BYTES',
        'KEYHOLE_MAX_REQUEST_BYTES',
        'HISTORY_RETENTION_DAYS',
        'KEYHOLE_OPERATOR_TOKEN',
        'KEYHOLE_MASTER_KEYS',
        'KEYHOLE_ALLOW_ADDRESSES',
        'KEYHOLE_ALLOW_HTTP_HOSTS',
        'KEYHOLE_GRAPHIQL',
        'KEYHOLE_INTROSPECTION',
        'KEYHOLE_MIGRATE',
        'DATABASE_URL',
      ]) {
        expect(message).toMatch(new RegExp(`\\b${name}\\b`));
      }
      for (const value of ['too-short-token', 'not-base64-of-32-bytes', 'pass-word'])
        expect(message).not.toContain(value);
      expect(message).not.toMatch(/\n\s+at /);
      expect(main.lines).toEqual([]);
    });

    it('are those that miss: master keys with a database of its own', async () => {
      const main = start({ DATABASE_URL: 'postgres://127.0.0.1/none' });
      expect(await main.exited).toBe(1);
      expect(main.errors()).toContain('KEYHOLE_MASTER_KEYS');
    });
  });
