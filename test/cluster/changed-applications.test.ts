import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateMasterKey } from '../../src/secrets/master-keys.ts';
import { createDatabase } from '../support/postgres.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const VIEWER = '{ viewer { kind } }';
const UPDATE = 'mutation ($input: UpdateApplicationInput!) { updateApplication(input: $input) { application { id } } }';
const SUBMIT = `mutation ($input: ClientSecretRequestInput!) { clientSecretRequest(input: $input) { request { id } } }`;
const INPUT = {
  clientSecretName: 'none',
  url: 'https://api.test/',
  method: 'GET',
  headers: { authorization: '$CLIENT_SECRET' },
};

describe('an application that one instance changes', () => {
  let database: Awaited<ReturnType<typeof createDatabase>>;
  let here: TestServer;
  let there: TestServer;

  beforeAll(async () => {
    database = await createDatabase();
    const env = {
      DATABASE_URL: database.url,
      KEYHOLE_MASTER_KEYS: generateMasterKey(),
      KEYHOLE_OPERATOR_TOKEN: randomBytes(24).toString('hex'),
    };
    here = await startTestServer([], { env });
    there = await startTestServer([], { env });
  });

  afterAll(async () => {
    await here?.close();
    await there?.close();
    await database?.drop();
  });

  it('is refused by the others, also where they have it in memory', async () => {
    const application = await here.createApplication();
    const known = await there.post(application.asApplication, SUBMIT, { input: INPUT });
    expect(known.errors[0]?.extensions.code).toBe('NOT_FOUND');
    await here.post(here.asOperator, UPDATE, { input: { id: application.id, enabled: false } });
    // The hint travels beside the answer: asked until it has arrived.
    await expect
      .poll(() => there.post(application.asApplication, SUBMIT, { input: INPUT }), { timeout: 10_000 })
      .toMatchObject({ status: 401, errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
    expect((await there.post(application.asApplication, VIEWER)).status).toBe(401);
  });

  it('is known to their preflights', async () => {
    const origin = 'https://new.example';
    const preflight = async () =>
      (await fetch(there.url, { method: 'OPTIONS', headers: { origin } })).headers.get('access-control-allow-origin');
    expect(await preflight()).toBeNull();
    const { id } = await here.createApplication({ allowedOrigins: [origin] });
    await expect.poll(preflight, { timeout: 4_000 }).toBe(origin);
    await here.post(here.asOperator, UPDATE, { input: { id, allowedOrigins: [] } });
    await expect.poll(preflight, { timeout: 4_000 }).toBeNull();
  });
});
