import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { integrityOf } from '../../src/client-routes.ts';
import { openBrowser } from '../support/browser.ts';
import { buildClient, SERVED_CLIENT } from '../support/built-client.ts';
import { type KeyholeProcess, startKeyhole } from '../support/keyhole-process.ts';
import { type Pages, servePages } from '../support/pages.ts';
import { echo, startThirdParty, type ThirdParty } from '../support/third-party.ts';
import { startEdge } from '../unit/graphql/fake-edge.ts';

/** What the page of each test has made. */
declare global {
  var keyhole: ReturnType<typeof import('../../src/client/index.ts').createClient>;
  var token: string | undefined;
  var outcome: Promise<unknown>;
}

const SECRET = 'sk-live-0123456789abcdefgh';

let server: KeyholeProcess;
let thirdParty: ThirdParty;
let listed: Pages;
let unlisted: Pages;
let browser: Awaited<ReturnType<typeof openBrowser>>;
let page: Page;
let clientId: string;
let application: Record<string, string>;

beforeAll(async () => {
  await buildClient(SERVED_CLIENT);
  [thirdParty, listed, unlisted, browser] = await Promise.all([
    startThirdParty(),
    servePages(),
    servePages(),
    openBrowser(),
  ]);
  server = await startKeyhole({
    KEYHOLE_ALLOW_ADDRESSES: '127.0.0.1/32',
    KEYHOLE_ALLOW_HTTP_HOSTS: `127.0.0.1:${thirdParty.port}`,
    KEYHOLE_LEASE_MS: '1000',
  });
  const input = { name: 'page', allowedOrigins: [listed.origin] };
  const { created } = await server.run<{ created: { clientId: string; clientSecret: string } }>(
    'mutation ($input: CreateApplicationInput!) { created: createApplication(input: $input) { clientId clientSecret } }',
    { input },
  );
  clientId = created.clientId;
  application = { 'X-Client-Id': clientId, 'X-Client-Secret': created.clientSecret };
  for (const [name, locked] of [
    ['openai', false],
    ['members', true],
  ]) {
    const input = { name, clientSecret: SECRET, allowedUrls: [thirdParty.origin], locked };
    await server.run(
      'mutation ($input: CreateClientSecretInput!) { createClientSecret(input: $input) { clientSecret { id } } }',
      { input },
      application,
    );
  }
});

afterAll(async () => {
  await Promise.all([browser?.close(), server?.close(), thirdParty?.close()]);
  listed?.close();
  unlisted?.close();
});

beforeEach(async () => {
  page = await browser.context.newPage();
  thirdParty.requests.length = 0;
  return () => page.close();
});

/** A page as an application would write it: one script from the server, one client. */
function html(body = '', options = ''): string {
  return `<!doctype html>
    <script type="module">
      import { createClient } from '${server.origin}/client.js';
      globalThis.keyhole = createClient({ clientId: '${clientId}', getToken: () => globalThis.token ${options} });
    </script>${body}`;
}

async function open(body?: string, site = listed, options?: string): Promise<void> {
  site.show(html(body, options));
  await page.goto(site.origin);
  await page.waitForFunction(() => 'keyhole' in globalThis);
}

function images(changes: object = {}) {
  return {
    clientSecretName: 'openai',
    url: `${thirdParty.origin}/v1/images/generations`,
    method: 'POST' as const,
    headers: { 'Content-Type': 'application/json', Authorization: 'Bearer $CLIENT_SECRET' },
    data: { model: 'gpt-image-1.5', prompt: 'A cute baby sea otter', n: 1, size: '1024x1024' },
    poll: 1000,
    ...changes,
  };
}

/** Calls the library in the page; an error comes back as the object of its properties. */
async function ask(params: object): Promise<unknown> {
  return page.evaluate(
    (params) =>
      keyhole
        .clientSecretRequest(params as never)
        .catch((error) => ({ ...error, failed: true, message: error.message })),
    params,
  );
}

/** Until the page listens. */
async function waitForStream(): Promise<void> {
  await page.waitForResponse((response) => response.headers()['content-type']?.includes('event-stream') ?? false);
}

describe('from a page on another origin', () => {
  test('the object gives the answer of the third party, which alone sees the secret', async () => {
    thirdParty.answerWith(({ body }) => ({ body: { received: JSON.parse(body.toString()) } }));
    await open();
    expect(await ask(images())).toEqual({ received: images().data });
    expect(thirdParty.requests[0]?.headers.authorization).toBe(`Bearer ${SECRET}`);
  });

  test('the form does the same, with an inline handler', async () => {
    thirdParty.answerWith(echo);
    await open(`
      <form onsubmit="keyhole.clientSecretRequest(event).then((body) => (globalThis.body = body))">
        <input name="clientSecretName" value="openai">
        <input name="url" value="${thirdParty.origin}/v1/images/generations">
        <input name="method" value="POST">
        <input name="headers[Content-Type]" value="application/json">
        <input name="headers[Authorization]" value="Bearer $CLIENT_SECRET">
        <input name="data[model]" value="gpt-image-1.5">
        <input name="data[n]" type="number" value="1">
        <textarea name="data[prompt]">A cute baby sea otter</textarea>
        <input name="poll" type="hidden" value="1000">
        <input type="submit" value="Send">
      </form>`);
    await page.click('input[type=submit]');
    const body = await (
      await page.waitForFunction(() => 'body' in globalThis && (globalThis as { body?: unknown }).body)
    ).jsonValue();
    const sent = JSON.stringify({ model: 'gpt-image-1.5', n: 1, prompt: 'A cute baby sea otter' });
    expect(body).toMatchObject({ method: 'POST', body: sent });
    expect(page.url(), 'the form did not leave the page').toBe(`${listed.origin}/`);
  });

  test('a failure tells what the third party answered', async () => {
    thirdParty.answerWith(() => ({ status: 422, body: { why: 'otters only' } }));
    await open();
    expect(await ask(images())).toMatchObject({
      code: 'UPSTREAM_STATUS',
      status_code: 422,
      response_body: { why: 'otters only' },
      message: expect.any(String),
    });
  });

  test('bytes come as a Blob that can be shown', async () => {
    const body = Buffer.from([0, 255, 1]);
    thirdParty.answerWith(() => ({ headers: { 'content-type': 'image/png' }, body }));
    await open();
    const blob = await page.evaluate(async (params) => {
      const blob = (await keyhole.clientSecretRequest(params)) as Blob;
      return [blob.type, ...new Uint8Array(await blob.arrayBuffer())];
    }, images());
    expect(blob).toEqual(['image/png', 0, 255, 1]);
  });

  test('many at once do not take all the connections that a browser opens', async () => {
    thirdParty.answerWith(echo);
    await open();
    const held = thirdParty.hold();
    const answers = page.evaluate(
      (all) => Promise.all(all.map((params) => keyhole.clientSecretRequest(params))),
      Array.from({ length: 12 }, (_, n) => images({ data: { n } })),
    );
    await thirdParty.received(12);
    held.letAllGo({ body: 'done' });
    expect(await answers).toEqual(Array(12).fill('done'));
  });

  test.each(['sse', 'websocket'])('by %s a request is heard of, from waiting to its end', async (transport) => {
    await open('', listed, `, transport: '${transport}'`);
    const held = thirdParty.hold();
    await page.evaluate(async (params) => {
      const { id } = await keyhole.clientSecretRequest({ ...params, poll: 0 });
      globalThis.outcome = new Promise((resolve, reject) => {
        const heard: string[] = [];
        const onUpdate = ({ status }: { status: string }) => {
          heard.push(status);
          if (status !== 'pending') resolve(heard);
        };
        keyhole.listen(id, { onUpdate, onError: reject });
      });
    }, images());
    await held.letOneGo();
    const heard = (await page.evaluate(() => outcome)) as string[];
    expect(heard.at(-1)).toBe('resolved');
  });

  test('the history is watched, and a request that waits can be canceled', async () => {
    await open();
    thirdParty.hold();
    const stream = waitForStream();
    await page.evaluate(() => {
      globalThis.outcome = new Promise((resolve, reject) => {
        const heard = new Set<string>();
        const onUpdate = async ({ id, status, error }: import('../../src/client/index.ts').RequestItem) => {
          heard.add(error?.code ?? status);
          if (status === 'pending') await keyhole.cancel(id);
          else resolve([[...heard], (await keyhole.request(id))?.status]);
        };
        keyhole.watchHistory({ queue: 'watched' }, { onUpdate, onError: reject });
      });
    });
    await stream;
    await ask(images({ queue: 'watched', poll: 0 }));
    expect(await page.evaluate(() => outcome)).toEqual([['pending', 'CANCELED'], 'failed']);
  });
});

describe('in the middle', () => {
  test('of a request the page is reloaded: the history shows the result', async () => {
    await open();
    const held = thirdParty.hold();
    await ask(images({ poll: 0, queue: 'reload' }));
    await thirdParty.received(1);
    await page.reload();
    await page.waitForFunction(() => 'keyhole' in globalThis);
    const stream = waitForStream();
    const history = page.evaluate(async (params) => {
      const { list, pending } = await keyhole.clientSecretRequestHistory({ ...params, queue: 'reload' });
      return [list.map(({ status }) => status), await Promise.all(pending)];
    }, images());
    // The promise is there before the answer is.
    await stream;
    await held.letOneGo({ body: { late: true } });
    const [statuses, final] = await history;
    expect(statuses).toEqual(['pending']);
    expect(final).toMatchObject([{ status: 'resolved', response_body: { late: true }, status_code: 200 }]);
  });

  test('of requests the server dies and comes back: each promise is kept', { timeout: 60_000 }, async () => {
    await open();
    const held = thirdParty.hold();
    const outcomes = page.evaluate(
      (all) =>
        Promise.allSettled(all.map((params) => keyhole.clientSecretRequest(params))).then((settled) =>
          settled.map((each) => (each.status === 'fulfilled' ? each.value : each.reason.code)),
        ),
      [images({ queue: 'restart' }), images({ queue: 'restart', data: { n: 2 } })],
    );
    await thirdParty.received(1);
    // The second one is acknowledged, and waits for the first.
    await page.evaluate(async (params) => {
      const isThere = async () =>
        (await keyhole.clientSecretRequestHistory({ ...params, queue: 'restart' })).list.length === 2;
      while (!(await isThere())) await new Promise((resolve) => setTimeout(resolve, 50));
    }, images());
    await server.kill();
    held.letAllGo({ body: 'after the restart' });
    await server.start();
    expect(await outcomes).toEqual(['OUTCOME_UNKNOWN', 'after the restart']);
    expect(thirdParty.requests).toHaveLength(2);
  });
});

describe('a page that loads while', () => {
  /** Submits to it and watches it; how the submission ends, and whether the watching did. */
  async function meet(url: string): Promise<unknown> {
    await open('', listed, `, url: '${url}'`);
    await page.evaluate(() => {
      globalThis.outcome = new Promise((onError) => keyhole.watchHistory({}, { onUpdate() {}, onError }));
    });
    const { code } = (await ask(images())) as { code: string };
    const isOver = await page.evaluate(() => Promise.race([outcome.then(() => true), Promise.resolve(false)]));
    return { code, isOver };
  }

  test('the database is away is told UNAVAILABLE, and goes on watching', async () => {
    const away = () => Promise.reject(Object.assign(new Error('away'), { code: 'ECONNREFUSED' }));
    const edge = await startEdge({ applications: { authenticate: away, originListedAnywhere: away } });
    onTestFinished(() => edge.close());
    expect(await meet(edge.url)).toEqual({ code: 'UNAVAILABLE', isOver: false });
  });

  test('a proxy finds no server, and says so to no page, is not told that its origin is refused', async () => {
    const proxy = createServer((_request, response) => response.writeHead(502).end('<h1>Bad gateway</h1>'));
    proxy.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    onTestFinished(() => {
      proxy.close();
      proxy.closeAllConnections();
    });
    const { port } = proxy.address() as AddressInfo; // listening on a port, not on a path
    expect(await meet(`http://127.0.0.1:${port}/graphql`)).toEqual({ code: 'NETWORK_ERROR', isOver: false });
  });
});

describe('who may', () => {
  async function userToken(username: string): Promise<string> {
    const { issued } = await server.run<{ issued: { token: string } }>(
      'mutation ($input: IssueUserTokenInput!) { issued: issueUserToken(input: $input) { token } }',
      { input: { username } },
      application,
    );
    return issued.token;
  }

  test('a visitor is refused a locked secret, and a user let in', async () => {
    thirdParty.answerWith(() => ({ body: 'for members' }));
    await open();
    const locked = images({ clientSecretName: 'members' });
    expect(await ask(locked)).toMatchObject({ failed: true, code: 'UNAUTHENTICATED' });
    await page.evaluate(
      (token) => {
        globalThis.token = token;
      },
      await userToken('ada'),
    );
    expect(await ask(locked)).toBe('for members');
    expect(thirdParty.requests).toHaveLength(1);
  });

  test('a user whose token is wrong is no visitor', async () => {
    await open();
    await page.evaluate(() => {
      globalThis.token = 'wrong';
    });
    expect(await ask(images())).toMatchObject({ failed: true, code: 'UNAUTHENTICATED' });
  });

  test('a page of an origin that is not listed is refused, and nothing is sent', async () => {
    await open('', unlisted);
    expect(await ask(images())).toMatchObject({ failed: true, code: 'FORBIDDEN' });
    expect(thirdParty.requests).toEqual([]);
  });

  test('so is one of an origin that another application lists', async () => {
    await server.run('mutation ($input: CreateApplicationInput!) { createApplication(input: $input) { clientId } }', {
      input: { name: 'neighbour', allowedOrigins: [unlisted.origin] },
    });
    await open('', unlisted);
    expect(await ask(images())).toMatchObject({ failed: true, code: 'FORBIDDEN' });
    expect(thirdParty.requests).toEqual([]);
  });

  test('nobody sees the history of another visitor', async () => {
    thirdParty.answerWith(echo);
    const count = () =>
      page.evaluate((params) => keyhole.clientSecretRequestHistory(params).then(({ list }) => list.length), images());
    await open();
    await ask(images());
    expect(await count()).toBeGreaterThan(0);
    await page.evaluate(() => localStorage.clear());
    await page.reload();
    await page.waitForFunction(() => 'keyhole' in globalThis);
    expect(await count()).toBe(0);
  });
});

describe('the script', () => {
  async function loadsWith(integrity: string): Promise<boolean> {
    listed.show(`<!doctype html>
      <script type="importmap">${JSON.stringify({ integrity: { [`${server.origin}/client.js`]: integrity } })}</script>
      <script type="module">
        globalThis.loaded = import('${server.origin}/client.js').then(() => true, () => false);
      </script>`);
    await page.goto(listed.origin);
    await page.waitForFunction(() => 'loaded' in globalThis);
    return page.evaluate(() => (globalThis as unknown as { loaded: Promise<boolean> }).loaded);
  }

  test('loads on another origin with its integrity hash, and with no other', async () => {
    const script = new Uint8Array(await (await fetch(`${server.origin}/client.js`)).arrayBuffer());
    expect(await loadsWith(integrityOf(script))).toBe(true);
    expect(await loadsWith(integrityOf(script.slice(1)))).toBe(false);
  });

  test('/example sends what its form says and lists it', async () => {
    thirdParty.answerWith(() => ({ body: { data: [{ url: 'https://images.test/otter' }] } }));
    const complaints: string[] = [];
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    await page.goto(`${server.origin}/example?clientId=${clientId}`);
    await page.fill('[name=url]', `${thirdParty.origin}/v1/images/generations`);
    await page.click('button');
    await page.getByText('https://images.test/otter').waitFor();
    await page.getByRole('listitem').filter({ hasText: 'resolved 200' }).waitFor();
    expect(complaints).toEqual([]);
  });

  test('/example tells of a client ID that is wrong, until it is corrected', async () => {
    const thrown: Error[] = [];
    page.on('pageerror', (error) => thrown.push(error));
    await page.goto(`${server.origin}/example?clientId=kh_wrong`);
    const answer = page.getByRole('status');
    await answer.filter({ hasText: 'Client ID not registered' }).waitFor();
    await page.fill('[name=clientId]', clientId);
    const answered = page.waitForResponse((response) => response.request().postData()?.includes('History(') ?? false);
    await page.press('[name=clientId]', 'Tab');
    await (await answered).finished();
    expect(await answer.textContent()).toBe('');
    expect(thrown).toEqual([]);
  });
});
