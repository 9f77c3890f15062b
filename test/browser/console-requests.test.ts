import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { useConsole } from '../support/console-world.ts';

const world = useConsole();
const { signedIn, submit } = world;

test('one appears, waits in its queue, and settles, all without a reload', async () => {
  const held = world.thirdParty.hold();
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
  const held = world.thirdParty.hold();
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
  await expect.poll(() => world.thirdParty.requests.length).toBe(2);
  expect(world.thirdParty.requests.map(({ body }) => String(body))).toEqual(['', '']);
  await expect.poll(() => row('/cancel', 'resolved').count()).toBe(2);
  await press('Delete');
  await dialog().getByRole('button', { name: 'Delete' }).click();
  await expect.poll(() => row('/cancel').count()).toBe(2);
});

test('a response is shown as what it is: pretty, as an image, as a file', async () => {
  const gif = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');
  world.thirdParty.answerWith(({ url }) => {
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
  await page.getByLabel('URL').fill(`${world.thirdParty.origin}/x/../many`);
  await page.keyboard.press('Tab');
  await expect.poll(() => row('/many').count()).toBe(50);
  const list = page.locator('.live-rows');
  // Browsers tell of a scroll with the next frame. The row may come before that.
  await page.evaluate(() =>
    addEventListener('scroll', (event) => event.stopImmediatePropagation(), { capture: true, once: true }),
  );
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

test('where older ones cannot be read it says so in their place, until they are', async () => {
  for (let n = 0; n < 11; n++) await Promise.all([1, 2, 3, 4, 5].map(() => submit('/older')));
  const { page, open, row, press } = await signedIn();
  await open('Requests');
  await page.getByLabel('URL').fill(`${world.thirdParty.origin}/older`);
  await page.keyboard.press('Tab');
  await expect.poll(() => row('/older').count()).toBe(50);
  await page.route('**/graphql', (route) =>
    route.request().postDataJSON().variables.after ? route.abort() : route.continue(),
  );
  const list = page.locator('.live-rows');
  await list.evaluate((element) => element.scrollTo(0, element.scrollHeight));
  await list.getByRole('alert').getByText('The server does not answer').waitFor();
  expect(await page.getByText('Reading more').count()).toBe(0);
  await page.unroute('**/graphql');
  await press('Try again');
  await expect.poll(() => row('/older').count()).toBe(55);
  expect(await page.getByRole('alert').count()).toBe(0);
});

test('two tabs see the same', async () => {
  const held = world.thirdParty.hold();
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
  await world.server.kill();
  await page.getByText('Reconnecting').waitFor();
  await world.server.start();
  for (const n of [1, 2, 3]) await submit(`/meanwhile/${n}`);
  for (const n of [1, 2, 3]) await row(`/meanwhile/${n}`, 'resolved').waitFor();
  await page.getByText('Live', { exact: true }).waitFor();
  await submit('/after');
  await row('/after', 'resolved').waitFor();
  await row('/before', 'resolved').waitFor();
}, 60_000);
