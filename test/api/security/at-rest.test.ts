import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openDatabase } from '../../../src/database/database.ts';
import { generateMasterKey, parseMasterKeys } from '../../../src/secrets/master-keys.ts';
import { rewrapAll } from '../../../src/secrets/rewrap.ts';
import { createVault } from '../../../src/secrets/vault.ts';
import { type Headers, postGraphQL } from '../../support/graphql.ts';
import { createSecret, SUBMIT, type Submitted, submit } from '../../support/secrets.ts';
import { startTestServer, type TestApplication, type TestServer } from '../../support/server.ts';
import { startThirdParty, type ThirdParty } from '../../support/third-party.ts';

const VALUE = 'sk-at-rest-4f9a1c7be2d844';
const OTHER = 'sk-at-rest-0000000000other';
const OLD_KEY = generateMasterKey();
const NEW_KEY = generateMasterKey();

let server: TestServer;
let thirdParty: ThirdParty;
let app: TestApplication;
let backend: Headers;

beforeAll(async () => {
  thirdParty = await startThirdParty();
  server = await startTestServer([`127.0.0.1:${thirdParty.port}`], {
    env: { KEYHOLE_MASTER_KEYS: `${OLD_KEY},${NEW_KEY}`, KEYHOLE_MAX_CONCURRENT: '1' },
  });
});
afterAll(async () => {
  await server.close();
  await thirdParty.close();
});
beforeEach(async () => {
  app = await server.createApplication();
  backend = app.asApplication;
  await createSecret(server, backend, thirdParty.origin, { name: 'mine', clientSecret: VALUE });
  await createSecret(server, backend, thirdParty.origin, { name: 'other', clientSecret: OTHER });
});

const columns = (...names: string[]) =>
  names
    .map(
      (name) =>
        `${name} = (select o.${name} from client_secrets o where o.name = 'other' and o.application_id = s.application_id)`,
    )
    .join(', ');
const cut = (column: string) =>
  `${column} = encode(substring(decode(${column}, 'base64') from 1 for length(decode(${column}, 'base64')) - 12), 'base64')`;

/** What whoever can write to the database may do to a row. Add one. */
const TAMPERED: readonly (readonly [what: string, set: string, log: RegExp])[] = [
  ['has the value of another row', columns('wrapped_key', 'sealed_value'), /does not open under key/],
  ['has the ciphertext of another row', columns('sealed_value'), /does not open under key/],
  ['has the data key of another row', columns('wrapped_key'), /does not open under key/],
  ['has its ciphertext as its data key', 'wrapped_key = sealed_value', /does not open under key/],
  ['has a tag of four bytes', cut('sealed_value'), /does not open under key/],
  ['has a tag of four bytes on its data key', cut('wrapped_key'), /does not open under key/],
  ['has nothing', `sealed_value = '', wrapped_key = ''`, /does not open under key/],
  ['is of another version', 'version = version + 1', /does not open under key/],
  ['names another key', `key_id = '${NEW_KEY.split(':')[0]}'`, /does not open under key/],
  ['names a key that is retired', `key_id = 'k-retired'`, /unknown key id 'k-retired': add it to KEYHOLE_MASTER_KEYS/],
];

/** Over the row, past every cache. */
async function tamper(set: string): Promise<void> {
  await server.sql(`update client_secrets s set ${set}, notes = 'tampered', revision = revision + 1 where name = 'mine'
    and application_id = (select application_id from application_credentials where client_id = '${app.clientId}')`);
}

async function settled(id: string): Promise<{ status: string; error: { code: string; message: string } | null }> {
  const query = 'query ($id: ID!) { clientSecretRequest(id: $id) { status error { code message } } }';
  for (;;) {
    const { data } = await server.post<{ clientSecretRequest: { status: string; error: null } }>(backend, query, {
      id,
    });
    if (data.clientSecretRequest.status !== 'PENDING') return data.clientSecretRequest;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('a row that', () => {
  test.each(TAMPERED)('%s fails closed, and tells the operator alone', async (_what, set, log) => {
    await submit(server, backend, { clientSecretName: 'mine', url: thirdParty.origin, wait: 5_000 });
    await tamper(set);
    const before = thirdParty.requests.length;
    const input = {
      clientSecretName: 'mine',
      url: thirdParty.origin,
      method: 'POST',
      headers: { a: '$CLIENT_SECRET' },
    };
    const { errors, text } = await server.post(backend, SUBMIT, { input: { ...input, wait: 5_000 } });
    expect(errors.map(({ extensions }) => extensions.code)).toEqual(['INTERNAL']);
    expect(text).not.toMatch(/key|vault|MASTER|row/i);
    expect(thirdParty.requests).toHaveLength(before);
    const line = server.log().trim().split('\n').at(-1) ?? '';
    expect(line).toMatch(log);
    expect(line).toContain(errors[0]?.extensions.errorId);
    // The other one is as usable as before.
    expect(await submit(server, backend, { ...input, clientSecretName: 'other', wait: 5_000 })).toMatchObject({
      status: 'RESOLVED',
    });
  });

  test.each(TAMPERED.slice(0, 5).concat(TAMPERED.slice(-1)))(
    '%s ends what waits for it, and holds nothing up',
    async (_what, set, log) => {
      const held = thirdParty.hold();
      const input = { clientSecretName: 'mine', url: thirdParty.origin };
      const first = await submit(server, backend, { ...input, queue: 'q' });
      const inQueue = await submit(server, backend, { ...input, queue: 'q' });
      // There is one place, which the first one has.
      const alone = await submit(server, backend, input);
      const last = await submit(server, backend, { ...input, clientSecretName: 'other', queue: 'q' });
      await tamper(set);
      const before = thirdParty.requests.length;
      held.letAllGo();
      expect(await settled(first.id)).toMatchObject({ status: 'RESOLVED' });
      for (const { id } of [inQueue, alone]) {
        expect(await settled(id)).toEqual({
          status: 'FAILED',
          error: { code: 'SECRET_NOT_USABLE', message: 'The client secret could not be opened' },
        });
      }
      expect(await settled(last.id)).toMatchObject({ status: 'RESOLVED' });
      expect(server.log()).toMatch(log);
      expect(thirdParty.requests.length - before).toBeLessThanOrEqual(2);
    },
  );
});

describe('master keys', () => {
  test('change beside running servers, however often the change is killed', async ({ skip }) => {
    const { databaseUrl } = server;
    if (databaseUrl === null) return skip('The embedded database has one process');
    await server.sql(`delete from client_secrets where notes = 'tampered'`);
    for (let index = 0; index < 5; index++) {
      await createSecret(server, backend, thirdParty.origin, { name: `s${index}`, clientSecret: `${VALUE}-${index}` });
    }
    const database = await openDatabase({ databaseUrl, dataDir: null, onPoolError: () => {} });
    const vault = createVault(parseMasterKeys(`${NEW_KEY},${OLD_KEY}`).keys);
    const underOld = `select count(*)::int as count from client_secrets where key_id = '${OLD_KEY.split(':')[0]}'`;
    const killed = new Error('killed');
    thirdParty.answerWith(({ headers }) => ({ body: String(headers['x-key']).length.toString() }));
    const sending = Array.from({ length: 30 }, (_, index) =>
      submit(server, backend, {
        clientSecretName: `s${index % 5}`,
        url: thirdParty.origin,
        headers: { 'x-key': '$CLIENT_SECRET' },
        wait: 10_000,
      }),
    );
    let kills = 0;
    for (let left = Number.POSITIVE_INFINITY; left > 0; ) {
      const kill = () => {
        kills++;
        throw killed;
      };
      await rewrapAll(database.kysely, vault, { batchSize: 1, onProgress: kill }).catch((error) =>
        expect(error).toBe(killed),
      );
      const [row] = await server.sql<{ count: number }>(underOld);
      expect(row?.count).toBeLessThan(left);
      left = row?.count ?? 0;
    }
    expect(kills).toBeGreaterThan(5);
    const again = await rewrapAll(database.kysely, vault);
    expect(again).toMatchObject({ moved: 0 });
    await database.close();
    for (const request of await Promise.all(sending)) {
      expect(request).toMatchObject({ status: 'RESOLVED', responseText: String(`${VALUE}-0`.length) });
    }
    // The old key is retired; users' tokens of its time go with it.
    const newer = await startTestServer([`127.0.0.1:${thirdParty.port}`], {
      env: { DATABASE_URL: databaseUrl, KEYHOLE_MASTER_KEYS: NEW_KEY },
    });
    const input = {
      clientSecretName: 's1',
      url: thirdParty.origin,
      method: 'POST',
      headers: { 'x-key': '$CLIENT_SECRET' },
      wait: 10_000,
    };
    const answer = await postGraphQL<Submitted>(newer.url, backend, SUBMIT, { input });
    expect(answer.data.clientSecretRequest.request).toMatchObject({ status: 'RESOLVED' });
    await newer.close();
  });
});
