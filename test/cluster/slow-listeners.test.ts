import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, createCluster, type Instance } from '../support/instances.ts';
import { HISTORY_UPDATED, type HistoryUpdated, subscribeBySse } from '../support/listening.ts';
import { createDatabase, type TestDatabase } from '../support/postgres.ts';
import { createSecret, submit } from '../support/secrets.ts';
import type { TestApplication } from '../support/test-application.ts';
import { startThirdParty, type ThirdParty } from '../support/third-party.ts';

const LISTENERS = 1_000;
/** Of them, those that ask for the whole response. */
const HUNGRY = 200;
const CHANGES = 60;
const BODY_BYTES = 100_000;
/**
 * The hungry ones are sent 1,200 MB, of which the system's socket buffers take half at most. A server that kept the rest
 * would end for want of memory.
 */
const HEAP_MEGABYTES = 256;

const WATCH = 'subscription { clientSecretRequestHistoryUpdated { id status } }';
const WATCH_ALL = 'subscription { clientSecretRequestHistoryUpdated { id status responseText } }';

let database: TestDatabase;
let thirdParty: ThirdParty;
let cluster: Cluster;
let instance: Instance;
let application: TestApplication;
const sluggards: IncomingMessage[] = [];

beforeAll(async () => {
  database = await createDatabase();
  thirdParty = await startThirdParty();
  cluster = createCluster(database.url, [`127.0.0.1:${thirdParty.port}`], {
    KEYHOLE_MAX_SUBSCRIPTIONS_PER_CALLER: '2000',
    KEYHOLE_LEASE_MS: '10000',
    NODE_OPTIONS: `--max-old-space-size=${HEAP_MEGABYTES}`,
  });
  instance = await cluster.start();
  application = await instance.createApplication();
  await createSecret(instance, application.asApplication, thirdParty.origin);
  thirdParty.answerWith(() => ({ headers: { 'content-type': 'text/plain' }, body: 'x'.repeat(BODY_BYTES) }));
});
afterAll(async () => {
  for (const sluggard of sluggards) sluggard.destroy();
  await cluster.close();
  await thirdParty.close();
  await database.drop();
});

/** Subscribes over SSE, and reads nothing of what comes. */
async function subscribeAndSleep(query: string): Promise<void> {
  const asking = request(instance.url, {
    method: 'POST',
    headers: { ...application.asApplication, 'content-type': 'application/json', accept: 'text/event-stream' },
  });
  asking.end(JSON.stringify({ query }));
  const [response]: IncomingMessage[] = await once(asking, 'response');
  if (response === undefined) throw new Error('A response has come');
  response.pause();
  response.on('error', () => {});
  sluggards.push(response);
}

const ask = () => submit(instance, application.asApplication, { url: `${thirdParty.origin}/`, wait: 20_000 });

describe(`${LISTENERS} subscribers that stop reading`, { timeout: 180_000 }, () => {
  it('cost bounded memory and nobody else an event, and hear the newest state when they read again', async () => {
    for (let count = 0; count < LISTENERS; count += 50) {
      const query = count < HUNGRY ? WATCH_ALL : WATCH;
      await Promise.all(Array.from({ length: 50 }, () => subscribeAndSleep(query)));
    }
    const reader = subscribeBySse<HistoryUpdated>(instance.url, application.asApplication, HISTORY_UPDATED, {
      filter: { status: 'RESOLVED' },
    });
    const heard: string[] = [];
    const reading = (async () => {
      while (heard.length < CHANGES) {
        const { data } = await reader.next();
        heard.push(data?.clientSecretRequestHistoryUpdated.id ?? 'none');
      }
    })();
    const asked: string[] = [];
    for (let change = 0; change < CHANGES; change++) asked.push((await ask()).id);
    await reading;
    expect(heard).toEqual(asked);
    await reader.stop();
    expect([instance.alive, await instance.isReady()]).toEqual([true, true]);

    const last = asked.at(-1) ?? '';
    for (const sluggard of sluggards.slice(0, 20)) {
      let text = '';
      sluggard.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      sluggard.resume();
      const newest = () => text.slice(text.lastIndexOf(last)).includes('"status":"RESOLVED"');
      await expect.poll(() => newest() || sluggard.destroyed || sluggard.readableEnded, { timeout: 20_000 }).toBe(true);
      sluggard.destroy();
    }
  });
});
