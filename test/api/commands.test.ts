import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { credentialMatches, hashCredential } from '../../src/applications/credentials.ts';
import { runCommand } from '../../src/commands/command.ts';
import { runNamed } from '../../src/commands/index.ts';
import { keysGenerate } from '../../src/commands/keys-generate.ts';
import { keysRewrap } from '../../src/commands/keys-rewrap.ts';
import { migrate } from '../../src/commands/migrate.ts';
import { operator } from '../../src/commands/operator.ts';
import { openDatabase } from '../../src/database/database.ts';
import { newId } from '../../src/ids.ts';
import { generateMasterKey, parseMasterKeys } from '../../src/secrets/master-keys.ts';
import { SecretValue } from '../../src/secrets/secret-value.ts';
import { createVault } from '../../src/secrets/vault.ts';
import { createTestDatabase, type TestDatabaseSource } from '../support/databases.ts';

let database: TestDatabaseSource;
let env: Record<string, string>;

beforeAll(async () => {
  database = await createTestDatabase();
  const folder = await mkdtemp(join(tmpdir(), 'keyhole-commands-'));
  env = { DATA_DIR: folder, ...(database.url !== null && { DATABASE_URL: database.url }) };
});
afterAll(async () => {
  await database.drop();
  await rm(env.DATA_DIR ?? '', { recursive: true, force: true });
});

/** What a command printed to standard output. */
async function output(command: { run: typeof migrate.run }, args: string[], settings = env): Promise<string> {
  const printed: string[] = [];
  await command.run(args, settings, (text) => printed.push(text));
  return printed.join('\n');
}

async function queried<T>(use: (db: Awaited<ReturnType<typeof openDatabase>>['kysely']) => Promise<T>): Promise<T> {
  const { DATABASE_URL = null, DATA_DIR = '' } = env;
  const handle = await openDatabase({ databaseUrl: DATABASE_URL, dataDir: DATA_DIR, onPoolError: () => {} });
  try {
    return await use(handle.kysely);
  } finally {
    await handle.close();
  }
}

it('migrate may be run again and says what it did', async () => {
  await output(migrate, []);
  expect(await output(migrate, [])).toContain('Nothing to do');
});

describe('operator', () => {
  it('makes an application with its origins, whose credential counts', async () => {
    const args = [
      'create-application',
      '--name',
      'web',
      '--origin',
      'https://a.example',
      '--origin',
      'https://b.example',
    ];
    const made = JSON.parse(await output(operator, args));
    expect(made.application).toMatchObject({ name: 'web', allowedOrigins: ['https://a.example', 'https://b.example'] });
    const row = await queried((db) =>
      db
        .selectFrom('application_credentials')
        .selectAll()
        .where('client_id', '=', made.clientId)
        .executeTakeFirstOrThrow(),
    );
    expect(credentialMatches(made.clientSecret, row.client_secret_hash)).toBe(true);
    expect(row.client_secret_hash).toBe(hashCredential(made.clientSecret));
  });

  it('lists applications with their credentials, and makes and revokes those', async () => {
    const { application } = JSON.parse(await output(operator, ['create-application', '--name', 'backend']));
    const args = ['create-credential', '--application', application.id, '--label', 'second'];
    const { credential, clientSecret } = JSON.parse(await output(operator, args));
    expect(clientSecret).toMatch(/^khs_/);
    const credentials = async () => {
      const all: { id: string; credentials: { label: string | null }[] }[] = JSON.parse(
        await output(operator, ['list-applications']),
      );
      return all.find((listed) => listed.id === application.id)?.credentials.map(({ label }) => label);
    };
    expect(await credentials()).toEqual([null, 'second']);
    await output(operator, ['revoke-credential', credential.id]);
    expect(await credentials()).toEqual([null]);
  });

  it('disables and enables an application', async () => {
    const { application } = JSON.parse(await output(operator, ['create-application', '--name', 'switched']));
    expect(JSON.parse(await output(operator, ['disable-application', application.id])).enabled).toBe(false);
    expect(JSON.parse(await output(operator, ['enable-application', application.id])).enabled).toBe(true);
  });

  it.each([
    [['frob'], 'Name an action'],
    [['create-application'], '--name is required'],
    [['list-applications', '--frob'], '--frob'],
    [['enable-application', 'frob'], 'frob is no ID'],
    [['create-credential'], '--application is required'],
    [['revoke-credential'], 'Name one ID'],
  ])('refuses %j before it opens the database', async (args, fault) => {
    const nowhere = { DATABASE_URL: 'postgres://127.0.0.1:1/none' };
    await expect(output(operator, args, nowhere)).rejects.toThrow(fault);
  });

  it('refuses what the API refuses', async () => {
    const args = ['create-application', '--name', 'x', '--origin', 'not an origin'];
    await expect(output(operator, args)).rejects.toThrow(/input\.allowedOrigins\[0\]/);
    await expect(output(operator, ['revoke-credential', newId()])).rejects.toThrow('no such credential');
  });
});

it('keys:rewrap moves what is sealed under another key, and the value opens with the new one alone', async () => {
  const [oldKey, newKey] = [generateMasterKey(), generateMasterKey()];
  const { application } = JSON.parse(await output(operator, ['create-application', '--name', 'sealed']));
  const applicationId = Buffer.from(application.id, 'base64').toString().split(':')[1] ?? '';
  const identity = { applicationId, id: newId(), version: 1 };
  const sealed = createVault(parseMasterKeys(oldKey).keys).seal(identity, new SecretValue('sk-test-value-of-this'));
  const at = new Date();
  await queried((db) =>
    db
      .insertInto('client_secrets')
      .values({
        application_id: applicationId,
        id: identity.id,
        name: 'openai',
        masked_secret: '****',
        key_id: sealed.keyId,
        wrapped_key: sealed.wrappedKey,
        sealed_value: sealed.sealedValue,
        locked: false,
        allowed_urls: ['https://api.example'],
        allowed_methods: ['GET'],
        allowed_placements: ['HEADERS'],
        tags: [],
        users_allowed: '[]',
        groups_allowed: '[]',
        created_at: at,
        updated_at: at,
      })
      .execute(),
  );
  const rotated = { ...env, KEYHOLE_MASTER_KEYS: `${newKey},${oldKey}` };
  expect(await output(keysRewrap, [], rotated)).toMatch(/^1 moved to .*, 0 left/);
  const row = await queried((db) =>
    db.selectFrom('client_secrets').selectAll().where('id', '=', identity.id).executeTakeFirstOrThrow(),
  );
  const moved = { keyId: row.key_id, wrappedKey: row.wrapped_key, sealedValue: row.sealed_value };
  expect(createVault(parseMasterKeys(newKey).keys).open(identity, moved).reveal()).toBe('sk-test-value-of-this');
  // Without the key that it is under, nothing is moved, and the status says so.
  const foreign = { ...env, KEYHOLE_MASTER_KEYS: generateMasterKey() };
  await expect(output(keysRewrap, [], foreign)).rejects.toThrow('Not all client secrets were moved');
});

describe('a command', () => {
  it('prints one entry for KEYHOLE_MASTER_KEYS, another each time', async () => {
    const entries = [await output(keysGenerate, []), await output(keysGenerate, [])];
    for (const entry of entries) expect(parseMasterKeys(entry).faults).toEqual([]);
    expect(parseMasterKeys(entries.join(',')).faults).toEqual([]);
  });

  it('that makes a master key says how to rotate: last everywhere, then first, and the old one gone at the end', () => {
    expect(keysGenerate.usage).toMatch(/"old,new".*then.*"new,old".*keys:rewrap.*take the old one away/is);
  });

  it('ends with 0 where it did its work or helped, 2 where it was called wrongly, 1 where it failed', async () => {
    const out = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    const err = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    try {
      expect(await runNamed(['--help'], {})).toBe(0);
      for (const name of ['keys:generate', 'keys:rewrap', 'migrate', 'operator']) {
        expect(await runNamed([name, '--help'], {})).toBe(0);
      }
      expect(err).not.toHaveBeenCalled();
      expect(await runNamed(['no-such'], {})).toBe(2);
      expect(await runNamed(['operator'], {})).toBe(2);
      expect(await runNamed(['keys:generate', '--unknown'], {})).toBe(2);
      expect(await runCommand('migrate', migrate, [], { PORT: 'x' })).toBe(1);
      expect(err.mock.calls.join()).toContain('PORT must be a whole number');
    } finally {
      out.mockRestore();
      err.mockRestore();
    }
  });
});
