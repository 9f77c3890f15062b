import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { generateMasterKey } from '../../../src/secrets/master-keys.ts';
import { type Headers, postGraphQL } from '../../support/graphql.ts';
import { REQUEST_UPDATED, type RequestUpdated, subscribeBySse } from '../../support/listening.ts';
import { type MainProcess, startMain } from '../../support/main-process.ts';
import { createDatabase } from '../../support/postgres.ts';
import { type RequestFields, SECRET_VALUE, SUBMIT, type Submitted } from '../../support/secrets.ts';
import { startThirdParty, type ThirdParty } from '../../support/third-party.ts';

const OPERATOR_TOKEN = 'operator-token-of-a-test-0123456789';

let thirdParty: ThirdParty;
let env: Record<string, string>;
let main: MainProcess;
let url: string;
let headers: Headers;
let tidy: () => Promise<void>;

// One after another on the same data: each test leaves the process running.
beforeAll(async () => {
  thirdParty = await startThirdParty();
  const dataDir = await mkdtemp(join(tmpdir(), 'keyhole-restart-'));
  const database = inject('snapshot') === null ? await createDatabase() : null;
  env = {
    PORT: '0',
    DATA_DIR: dataDir,
    ...(database === null ? {} : { DATABASE_URL: database.url }),
    KEYHOLE_MASTER_KEYS: generateMasterKey(),
    KEYHOLE_OPERATOR_TOKEN: OPERATOR_TOKEN,
    KEYHOLE_ALLOW_ADDRESSES: '127.0.0.1/32',
    KEYHOLE_ALLOW_HTTP_HOSTS: `127.0.0.1:${thirdParty.port}`,
    KEYHOLE_LEASE_MS: '2000',
    LOG_LEVEL: 'silent',
  };
  tidy = async () => {
    main.kill('SIGKILL');
    await main.exited;
    await thirdParty.close();
    await database?.drop();
    await rm(dataDir, { recursive: true, force: true });
  };
  await start();
  await keepSecret();
});
afterAll(() => tidy());

async function start(): Promise<void> {
  main = startMain(env);
  url = await main.listening();
}

async function keepSecret(): Promise<void> {
  interface Made {
    createApplication: { clientId: string; clientSecret: string };
  }
  const create = 'mutation { createApplication(input: { name: "shop" }) { clientId clientSecret } }';
  const { data } = await postGraphQL<Made>(url, { authorization: `Bearer ${OPERATOR_TOKEN}` }, create);
  const { clientId, clientSecret } = data.createApplication;
  headers = { 'x-client-id': clientId, 'x-client-secret': clientSecret };
  const keep =
    'mutation ($input: CreateClientSecretInput!) { createClientSecret(input: $input) { clientSecret { id } } }';
  const input = { name: 'openai', clientSecret: SECRET_VALUE, allowedUrls: [thirdParty.origin] };
  await postGraphQL(url, headers, keep, { input });
}

async function submit(input: object): Promise<RequestFields> {
  const { data } = await postGraphQL<Submitted>(url, headers, SUBMIT, {
    input: {
      clientSecretName: 'openai',
      url: `${thirdParty.origin}/v1`,
      method: 'POST',
      headers: { authorization: 'Bearer $CLIENT_SECRET' },
      ...input,
    },
  });
  return data.clientSecretRequest.request;
}

async function ended({ id }: RequestFields): Promise<RequestFields | undefined> {
  const events = await subscribeBySse<RequestUpdated>(url, headers, REQUEST_UPDATED, { id }).rest();
  return events.at(-1)?.data?.clientSecretRequestUpdated;
}

/** Sends the signal until the process has ended. */
async function again(signal: NodeJS.Signals): Promise<void> {
  const timer = setInterval(() => main.kill(signal), 100);
  await main.exited;
  clearInterval(timer);
}

function arrivedSince(count: number): string[] {
  return thirdParty.requests.slice(count).map(({ method, body }) => `${method} ${body}`);
}

// The machine may be busy, and each process loads all of the server.
describe('a process that is started again', { timeout: 60_000 }, () => {
  it('after it was killed in the middle finishes what waited, in order, and sends nothing twice that may not be', async () => {
    const before = thirdParty.hold();
    const first = await submit({ queue: 'q', data: 1 });
    const waiting = [await submit({ queue: 'q', data: 2 }), await submit({ queue: 'q', data: 3 })];
    const alone = await submit({ data: 'alone' });
    const safe = await submit({ method: 'GET' });
    const put = await submit({ method: 'PUT', data: 'put', headers: { a: '$CLIENT_SECRET', 'Idempotency-Key': 'k' } });
    await thirdParty.received(4);
    main.kill('SIGKILL');
    await main.exited;
    before.letAllGo();
    const sent = thirdParty.requests.length;
    thirdParty.answerWith(() => ({ body: 'done' }));
    await start();

    const unknown = { status: 'FAILED', error: { code: 'OUTCOME_UNKNOWN' } };
    expect(await ended(first)).toMatchObject(unknown);
    expect(await ended(alone)).toMatchObject(unknown);
    for (const request of [...waiting, safe, put]) {
      expect(await ended(request)).toMatchObject({ id: request.id, status: 'RESOLVED', responseText: 'done' });
    }
    const after = arrivedSince(sent);
    expect(after.filter((text) => /[23]$/.test(text))).toEqual(['POST 2', 'POST 3']);
    expect([...after].sort()).toEqual(['GET ', 'POST 2', 'POST 3', 'PUT "put"']);
  });

  it('after SIGTERM has let the running ones finish, and sends those that waited', async () => {
    const before = thirdParty.requests.length;
    const held = thirdParty.hold();
    const running = await submit({ queue: 'q', data: 1 });
    const waiting = await submit({ queue: 'q', data: 2 });
    const alone = await submit({ data: 'alone' });
    await thirdParty.received(before + 2);
    main.kill('SIGTERM');
    // It takes nothing new from now on.
    await expect.poll(async () => (await fetch(url.replace('graphql', 'ready'))).status).toBe(503);
    const refused = await postGraphQL(url, headers, '{ viewer { kind } }');
    expect(refused.status).toBe(503);
    expect((await fetch(url.replace('graphql', 'health'))).status).toBe(200);
    held.letAllGo({ body: 'in time' });
    expect(await main.exited).toBe(0);
    expect(arrivedSince(before).sort()).toEqual(['POST "alone"', 'POST 1']);
    thirdParty.answerWith(() => ({ body: 'after' }));
    await start();
    expect(await ended(running)).toMatchObject({ status: 'RESOLVED', responseText: 'in time' });
    expect(await ended(alone)).toMatchObject({ status: 'RESOLVED', responseText: 'in time' });
    expect(await ended(waiting)).toMatchObject({ status: 'RESOLVED', responseText: 'after' });
  });

  it('lets the running ones finish after one Ctrl-C that reaches it twice', async () => {
    const before = thirdParty.requests.length;
    const held = thirdParty.hold();
    const running = await submit({});
    await thirdParty.received(before + 1);
    main.kill('SIGINT');
    main.kill('SIGTERM');
    await expect.poll(async () => (await fetch(url.replace('graphql', 'ready'))).status).toBe(503);
    held.letAllGo({ body: 'in time' });
    expect(await main.exited).toBe(0);
    await start();
    expect(await ended(running)).toMatchObject({ status: 'RESOLVED', responseText: 'in time' });
  });

  it('ends at once at a second signal', async () => {
    const arrived = thirdParty.requests.length + 1;
    thirdParty.hold();
    const request = await submit({});
    await thirdParty.received(arrived);
    main.kill('SIGTERM');
    await expect.poll(async () => (await fetch(url.replace('graphql', 'ready'))).status).toBe(503);
    // Right after the first it counts as the same one.
    await again('SIGTERM');
    expect(await main.exited).toBe(1);
    await start();
    expect(await ended(request)).toMatchObject({ status: 'FAILED', error: { code: 'OUTCOME_UNKNOWN' } });
  });
});
