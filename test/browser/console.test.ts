import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openBrowser } from '../support/browser.ts';
import { buildClient } from '../support/built-client.ts';
import { buildConsole } from '../support/built-console.ts';
import { type ConsolePage, openConsole } from '../support/console-page.ts';
import { type KeyholeProcess, startKeyhole } from '../support/keyhole-process.ts';
import { type Pages, servePages } from '../support/pages.ts';
import { startThirdParty, type ThirdParty } from '../support/third-party.ts';

const SECRET = 'sk-live-0123456789abcdefgh';
const OPERATOR_TOKEN = 'operator-token-of-the-console-test-01';
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let server: KeyholeProcess;
let thirdParty: ThirdParty;
let elsewhere: Pages;
let browser: Awaited<ReturnType<typeof openBrowser>>;
let clientId: string;
let clientSecret: string;
let asApplication: Record<string, string>;
let opened: ConsolePage[] = [];

beforeAll(async () => {
  await Promise.all([buildConsole(), buildClient('dist/client')]);
  [thirdParty, elsewhere, browser] = await Promise.all([startThirdParty(), servePages(), openBrowser()]);
  await browser.context.addInitScript({ content: AXE });
  server = await startKeyhole({
    KEYHOLE_ALLOW_ADDRESSES: '127.0.0.1/32',
    KEYHOLE_ALLOW_HTTP_HOSTS: `127.0.0.1:${thirdParty.port}`,
    KEYHOLE_OPERATOR_TOKEN: OPERATOR_TOKEN,
    KEYHOLE_LEASE_MS: '1000',
  });
  const { created } = await server.run<{ created: { clientId: string; clientSecret: string } }>(
    'mutation ($input: CreateApplicationInput!) { created: createApplication(input: $input) { clientId clientSecret } }',
    { input: { name: 'studio', allowedOrigins: [elsewhere.origin] } },
    { Authorization: `Bearer ${OPERATOR_TOKEN}` },
  );
  ({ clientId, clientSecret } = created);
  asApplication = { 'X-Client-Id': clientId, 'X-Client-Secret': clientSecret };
  await addSecret({ name: 'openai' });
});

afterAll(async () => {
  await Promise.all([browser?.close(), server?.close(), thirdParty?.close()]);
  elsewhere?.close();
});

beforeEach(() => {
  thirdParty.requests.length = 0;
  thirdParty.answerWith(() => ({ body: { ok: true } }));
  return async () => {
    const asked = opened.flatMap((tab) => tab.asked);
    await Promise.all(opened.map(({ page }) => page.close()));
    opened = [];
    // Of every test: the console talks to its own server alone, and no address holds a credential.
    expect(asked.filter((url) => !url.startsWith(`${server.origin}/`) && !/^(data|blob):/.test(url))).toEqual([]);
    expect(asked.filter((url) => url.includes(clientSecret))).toEqual([]);
  };
});

async function tab(): Promise<ConsolePage> {
  const made = await openConsole(browser.context, server.origin);
  opened.push(made);
  return made;
}

async function signedIn(): Promise<ConsolePage> {
  const made = await tab();
  await made.signIn('Application', clientId, clientSecret);
  await made.page.getByRole('navigation').waitFor();
  return made;
}

async function userToken(username: string, canCreateSecrets = false): Promise<string> {
  const { issued } = await server.run<{ issued: { token: string } }>(
    'mutation ($input: IssueUserTokenInput!) { issued: issueUserToken(input: $input) { token } }',
    { input: { username, canCreateSecrets } },
    asApplication,
  );
  return issued.token;
}

async function addSecret(input: object): Promise<void> {
  await server.run(
    'mutation ($input: CreateClientSecretInput!) { createClientSecret(input: $input) { clientSecret { id } } }',
    { input: { clientSecret: SECRET, allowedUrls: [thirdParty.origin], ...input } },
    asApplication,
  );
}

/** Submits a request to a path of the third party's. */
async function submit(path: string, input: object = {}): Promise<string> {
  const { sent } = await server.run<{ sent: { request: { id: string } } }>(
    'mutation ($input: ClientSecretRequestInput!) { sent: clientSecretRequest(input: $input) { request { id } } }',
    {
      input: {
        clientSecretName: 'openai',
        url: thirdParty.origin + path,
        method: 'POST',
        headers: { Authorization: 'Bearer $CLIENT_SECRET' },
        ...input,
      },
    },
    asApplication,
  );
  return sent.request.id;
}

async function violations(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const { violations } = await (globalThis as unknown as { axe: typeof import('axe-core') }).axe.run();
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  });
}

describe('signing in', () => {
  test('a refused credential says so, and a good one stays in the tab when it is loaded again', async () => {
    const { page, signIn } = await tab();
    await signIn('Application', clientId, 'wrong');
    await page.getByRole('alert').getByText('Client ID not registered or client secret wrong').waitFor();
    await signIn('Application', clientId, clientSecret);
    await page.getByRole('heading', { name: 'Client secrets', level: 1 }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Client secrets', level: 1 }).waitFor();
    expect(page.url()).not.toContain(clientId);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.reload();
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
  });

  test('a user is offered what a user may do', async () => {
    await addSecret({ name: 'shared', usersAllowed: [{ username: 'mina', canEdit: true }] });
    const mina = await tab();
    await mina.signIn('User', clientId, await userToken('mina'));
    await mina.row('shared').click();
    await mina.details().getByRole('button', { name: 'Rotate' }).waitFor();
    expect(await mina.details().getByRole('button', { name: 'Delete' }).count()).toBe(0);
    expect(await mina.page.getByRole('button', { name: 'Add a client secret' }).count()).toBe(0);
    await mina.details().getByRole('button', { name: 'Edit' }).click();
    expect(await mina.dialog().getByRole('textbox', { name: 'URL', exact: true }).isDisabled()).toBe(true);
    await mina.dialog().getByLabel('Notes').fill('by mina');
    await mina.press('Save');
    await mina.details().getByText('by mina').waitFor();

    const paul = await tab();
    await paul.signIn('User', clientId, await userToken('paul', true));
    await paul.page.getByRole('button', { name: 'Add a client secret' }).waitFor();
    expect(await paul.row('shared').count()).toBe(0);
  });
});

describe('client secrets', () => {
  test('a key that is added is used by another page, with the call that the console writes', async () => {
    const { page, press, dialog, details } = await signedIn();
    await press('Add a client secret');
    await dialog().getByRole('textbox', { name: 'Name' }).fill('images');
    await dialog().getByLabel('Client secret', { exact: true }).fill(SECRET);
    await dialog().getByRole('textbox', { name: 'URL', exact: true }).fill(thirdParty.origin);
    await page.keyboard.press('Enter');
    await details().getByRole('heading', { name: 'images' }).waitFor();
    expect(await page.content()).not.toContain(SECRET);

    const call = await details().locator('.call code').textContent();
    await press('As a form');
    const form = await details().locator('.call code').textContent();
    elsewhere.show(`<script type="module">${call}\nglobalThis.answer = answer;</script>${form}`);
    const other = await browser.context.newPage();
    await other.goto(elsewhere.origin);
    await other.waitForFunction(() => 'answer' in globalThis);
    await other.getByLabel('Prompt').fill('a sea otter');
    await other.getByRole('button', { name: 'Send' }).click();
    await expect.poll(() => thirdParty.requests.length).toBe(2);
    const [first, second] = thirdParty.requests;
    await other.close();
    expect([first, second].map((request) => request?.headers.authorization)).toEqual([
      `Bearer ${SECRET}`,
      `Bearer ${SECRET}`,
    ]);
    expect(JSON.parse(String(second?.body))).toEqual({ prompt: 'a sea otter' });
  });

  test('what is wrong is said at its field, which gets the focus', async () => {
    const { page, press, dialog } = await signedIn();
    await press('Add a client secret');
    await dialog().getByRole('textbox', { name: 'Name' }).fill('wrong');
    await dialog().getByLabel('Client secret', { exact: true }).fill(SECRET);
    await dialog().getByRole('textbox', { name: 'URL', exact: true }).fill(thirdParty.origin);
    await press('Add a URL');
    await dialog().getByRole('textbox', { name: 'URL 2' }).fill('ftp://files.example');
    await press('Add');
    await dialog().getByRole('alert').waitFor();
    const field = dialog().getByRole('textbox', { name: 'URL 2' });
    expect(await field.getAttribute('aria-invalid')).toBe('true');
    expect(await dialog().locator('[aria-invalid=true]').count()).toBe(1);
    expect(await field.evaluate((element) => element === document.activeElement)).toBe(true);
    await field.fill('https://files.example');
    await dialog().getByRole('textbox', { name: 'Name' }).fill('openai');
    await press('Add');
    await dialog().locator('input[aria-invalid=true][data-first]').waitFor();
    await page.keyboard.press('Escape');
    expect(await dialog().count()).toBe(0);
    expect(
      await page.getByRole('button', { name: 'Add a client secret' }).evaluate((it) => it === document.activeElement),
    ).toBe(true);
  });

  test('a locked key is for users alone', async () => {
    const { press, dialog, row } = await signedIn();
    await press('Add a client secret');
    await dialog().getByRole('textbox', { name: 'Name' }).fill('members');
    await dialog().getByLabel('Client secret', { exact: true }).fill(SECRET);
    await dialog().getByRole('textbox', { name: 'URL', exact: true }).fill(thirdParty.origin);
    await dialog().getByRole('checkbox', { name: 'Locked' }).check();
    await press('Add');
    await row('members', 'locked').waitFor();
    const input = {
      clientSecretName: 'members',
      url: thirdParty.origin,
      method: 'GET',
      headers: { A: '$CLIENT_SECRET' },
    };
    const mutation =
      'mutation ($input: ClientSecretRequestInput!) { clientSecretRequest(input: $input) { request { id } } }';
    const token = await userToken('mina');
    await expect(server.run(mutation, { input }, { 'X-Client-Id': clientId })).rejects.toThrow(/log in/i);
    await server.run(mutation, { input }, { 'X-Client-Id': clientId, Authorization: `Bearer ${token}` });
  });

  test('is found by name and tag, rotated, disabled, and deleted once its name is typed', async () => {
    await addSecret({ name: 'mailer', tags: ['newsletter'] });
    const { page, press, dialog, details, row } = await signedIn();
    await page.getByLabel('Search by name and tag').fill('NEWS');
    await row('openai').waitFor({ state: 'detached' });
    await row('mailer').click();
    await press('Rotate');
    await dialog().getByLabel('New client secret', { exact: true }).fill('sk-live-9876543210zyxwvu');
    await dialog().getByRole('button', { name: 'Rotate' }).click();
    await details().getByText('zyxwvu'.slice(-4)).waitFor();
    await details().getByText('version 2').waitFor();
    await press('Disable');
    await row('mailer', 'disabled').waitFor();
    await press('Delete');
    const sure = dialog().getByRole('button', { name: 'Delete' });
    expect(await sure.isDisabled()).toBe(true);
    await dialog().getByLabel('Type mailer to go on').fill('mailer');
    await sure.click();
    await row('mailer').waitFor({ state: 'detached' });
  });
});

describe('requests', () => {
  test('one appears, waits in its queue, and settles, all without a reload', async () => {
    const held = thirdParty.hold();
    const { open, row, details } = await signedIn();
    await open('Requests');
    await submit('/first', { queue: 'line' });
    await submit('/second', { queue: 'line', data: { n: 2 } });
    await submit('/second', { queue: 'other', method: 'PUT' });
    await row('/first', 'sending').waitFor();
    await row('/second', 'line').click();
    await details().getByText('sending').waitFor();
    await submit('/second', { queue: 'line', data: { n: 3 } });
    await row('/second', 'line', 'waiting').click();
    await details().getByText('one before it in its queue').waitFor();

    await open('Queues');
    await row('line', '/second').getByRole('cell', { name: '1', exact: true }).waitFor();
    await row('other', 'PUT').waitFor();
    held.letAllGo({ body: { big: 1, list: [] } });
    await expect.poll(() => row('line').count()).toBe(0);
    await open('Requests');
    await row('/second', 'line', 'resolved').first().click();
    await details().getByText('"big": 1').waitFor();
    await details()
      .getByText(/Third party \d/)
      .waitFor();
  });

  test('one that waits is cancelled, one that is settled is sent again and deleted', async () => {
    const held = thirdParty.hold();
    await submit('/cancel', { queue: 'canceled' });
    await submit('/cancel', { queue: 'canceled', data: { late: true } });
    const { open, row, details, dialog, press } = await signedIn();
    await open('Requests');
    await row('/cancel', 'waiting').click();
    await press('Cancel');
    await row('/cancel', 'failed').waitFor();
    await details().getByText('CANCELED', { exact: true }).waitFor();
    held.letAllGo();
    await row('/cancel', 'resolved').click();
    await press('Send again');
    await dialog().getByRole('button', { name: 'Send' }).click();
    await expect.poll(() => thirdParty.requests.length).toBe(2);
    expect(thirdParty.requests.map(({ body }) => String(body))).toEqual(['', '']);
    await expect.poll(() => row('/cancel', 'resolved').count()).toBe(2);
    await press('Delete');
    await dialog().getByRole('button', { name: 'Delete' }).click();
    await expect.poll(() => row('/cancel').count()).toBe(2);
  });

  test('a response is shown as what it is: pretty, as an image, as a file', async () => {
    const gif = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');
    thirdParty.answerWith(({ url }) => {
      if (url === '/gif') return { headers: { 'content-type': 'image/gif' }, body: gif };
      if (url === '/bytes')
        return {
          headers: { 'content-type': 'application/octet-stream' },
          body: Buffer.from([0, 1, 2]),
        };
      return {
        status: 402,
        headers: { 'content-type': 'application/json' },
        body: '{"n":12345678901234567890,"e":{}}',
      };
    });
    const { page, open, row, details } = await signedIn();
    await open('Requests');
    for (const path of ['/gif', '/bytes', '/number']) await submit(path);
    await row('/gif', 'resolved').click();
    await expect
      .poll(() =>
        details()
          .locator('img')
          .evaluate((image) => (image as HTMLImageElement).naturalWidth),
      )
      .toBe(1);
    await row('/bytes', 'resolved').click();
    const download = page.waitForEvent('download');
    await details().getByRole('link', { name: 'Download' }).click();
    expect(readFileSync(await (await download).path())).toEqual(Buffer.from([0, 1, 2]));
    await row('/number', 'failed', '402').click();
    await details().getByText('UPSTREAM_STATUS').waitFor();
    expect(await details().locator('pre').textContent()).toBe('{\n  "n": 12345678901234567890,\n  "e": {}\n}');
  });

  test('a long list is read by and by, narrowed, and does not jump when a row comes', async () => {
    for (let n = 0; n < 12; n++) await Promise.all([1, 2, 3, 4, 5].map(() => submit('/many')));
    const { page, open, row } = await signedIn();
    await open('Requests');
    await page.getByLabel('URL').fill(`${thirdParty.origin}/x/../many`);
    await page.keyboard.press('Tab');
    await expect.poll(() => row('/many').count()).toBe(50);
    const list = page.locator('.live-rows');
    await list.evaluate((element) => element.scrollTo(0, 300));
    const watched = row('/many').nth(20);
    const id = await watched.getByRole('link').getAttribute('href');
    const top = () => page.locator(`a[href="${id}"]`).evaluate((link) => Math.round(link.getBoundingClientRect().top));
    const before = await top();
    await submit('/many');
    await submit('/few');
    await expect.poll(() => row('/many').count()).toBe(51);
    expect(await top()).toBe(before);
    await list.evaluate((element) => element.scrollTo(0, element.scrollHeight));
    await expect.poll(() => row('/many').count()).toBe(61);
    expect(await row('/few').count()).toBe(0);
    expect(
      new Set(await page.locator('td a').evaluateAll((links) => links.map((link) => link.getAttribute('href')))).size,
    ).toBe(61);
  });

  test('two tabs see the same', async () => {
    const held = thirdParty.hold();
    const [one, other] = [await signedIn(), await signedIn()];
    for (const { open } of [one, other]) await open('Requests');
    await submit('/both');
    for (const { row } of [one, other]) await row('/both', 'sending').waitFor();
    await one.row('/both').click();
    await one.press('Cancel');
    for (const { row } of [one, other]) await row('/both', 'failed').waitFor();
    held.letAllGo();
  });

  test('the server is restarted under it: it connects again, and nothing is missing', async () => {
    const { page, open, row } = await signedIn();
    await open('Requests');
    await page.getByText('Live', { exact: true }).waitFor();
    await submit('/before');
    await row('/before', 'resolved').waitFor();
    await server.kill();
    await page.getByText('Reconnecting').waitFor();
    await server.start();
    for (const n of [1, 2, 3]) await submit(`/meanwhile/${n}`);
    for (const n of [1, 2, 3]) await row(`/meanwhile/${n}`, 'resolved').waitFor();
    await page.getByText('Live', { exact: true }).waitFor();
    await submit('/after');
    await row('/after', 'resolved').waitFor();
    await row('/before', 'resolved').waitFor();
  }, 60_000);
});

test('the operator makes an application, whose client secret is shown once', async () => {
  const { page, signInAsOperator, press, dialog, details } = await tab();
  await signInAsOperator(OPERATOR_TOKEN);
  await press('Add an application');
  await dialog().getByRole('textbox', { name: 'Name' }).fill('shop');
  await press('Add an origin');
  await dialog().getByRole('textbox', { name: 'Origin' }).fill('no origin');
  await press('Add');
  await dialog().getByRole('alert').waitFor();
  await dialog().getByRole('textbox', { name: 'Origin' }).fill('https://shop.example');
  await press('Add');
  const [id = '', secret = ''] = await dialog().locator('code').allTextContents();
  await press('I have kept it');
  await details().getByText('https://shop.example').waitFor();
  expect(await page.content()).not.toContain(secret);
  const headers = { 'X-Client-Id': id, 'X-Client-Secret': secret };
  const { viewer } = await server.run<{ viewer: object }>('{ viewer { kind application { name } } }', {}, headers);
  expect(viewer).toEqual({ kind: 'APPLICATION', application: { name: 'shop' } });
});

describe('for everybody', () => {
  test.each([
    { width: 1280, colorScheme: 'light' as const },
    { width: 390, colorScheme: 'dark' as const },
  ])('axe finds nothing wrong in $colorScheme colours, $width pixels wide', async ({ width, colorScheme }) => {
    const held = thirdParty.hold();
    await submit('/axe', { queue: 'axe', data: { n: 1 } });
    await submit('/axe', { queue: 'axe' });
    const { page, signIn, open, press, row, details, dialog } = await tab();
    await page.setViewportSize({ width, height: 800 });
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    expect(await violations(page)).toEqual([]);
    await signIn('Application', clientId, clientSecret);
    await row('openai').waitFor();
    expect(await violations(page)).toEqual([]);
    await press('Add a client secret');
    await press('Add a user');
    await press('Add');
    await dialog().getByRole('alert').waitFor();
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await row('openai').click();
    await details().waitFor();
    expect(await violations(page)).toEqual([]);
    await open('Queues');
    await row('axe').waitFor();
    expect(await violations(page)).toEqual([]);
    await open('Requests');
    await row('/axe', 'waiting').click();
    await details().getByText('Not there yet').waitFor();
    expect(await violations(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
    held.letAllGo();
  });

  test('the keyboard alone is enough, and focus stays in a dialog', async () => {
    const { page, dialog } = await signedIn();
    await page.getByLabel('Search by name and tag').focus();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await dialog().waitFor();
    const inDialog = () => page.evaluate(() => document.activeElement?.closest('dialog') !== null);
    for (let n = 0; n < 40; n++) {
      await page.keyboard.press('Tab');
      expect(await inDialog()).toBe(true);
    }
    await page.keyboard.press('Escape');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('complementary').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('complementary').waitFor({ state: 'detached' });
  });
});
