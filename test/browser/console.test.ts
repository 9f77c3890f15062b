import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { OPERATOR_TOKEN, useConsole } from '../support/console-world.ts';

const world = useConsole();
const { addSecret, signedIn, submit, tab, userToken } = world;

async function violations(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    // A script of every page that the tests open puts it there.
    const { violations } = await (globalThis as unknown as { axe: typeof import('axe-core') }).axe.run();
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  });
}

describe('signing in', () => {
  test('a refused credential says so, and a good one stays in the tab when it is loaded again', async () => {
    const { page, signIn } = await tab();
    await signIn('Application', world.clientId, 'wrong');
    await page.getByRole('alert').getByText('Client ID not registered or client secret wrong').waitFor();
    await signIn('Application', world.clientId, world.clientSecret);
    await page.getByRole('heading', { name: 'Client secrets', level: 1 }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Client secrets', level: 1 }).waitFor();
    expect(page.url()).not.toContain(world.clientId);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.reload();
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
  });

  test('what was left empty is said at its field, which gets the focus', async () => {
    const { page, press } = await tab();
    for (const [label, said] of [
      ['Client ID', 'The client ID is missing.'],
      ['Client secret', 'The client secret is missing.'],
    ] as const) {
      await press('Sign in');
      await page.getByRole('alert').getByText(said).waitFor();
      const field = page.getByLabel(label, { exact: true });
      expect(await field.getAttribute('aria-invalid')).toBe('true');
      expect(await field.evaluate((element) => element === document.activeElement)).toBe(true);
      await field.fill(' x ');
    }
  });

  test('who signs out leaves neither title nor address behind, and the focus is never lost', async () => {
    const { page, press, row, details, dialog, signIn } = await tab();
    const focused = (name: string) =>
      expect.poll(() => page.evaluate(() => document.activeElement?.textContent?.trim())).toBe(name);
    await addSecret({ name: 'gone' });
    await signIn('Application', world.clientId, world.clientSecret);
    await focused('Client secrets');
    await row('gone').getByRole('link').click();
    await details().waitFor();
    await press('Delete');
    await dialog().getByLabel('Type gone to go on').fill('gone');
    await page.keyboard.press('Enter');
    await row('gone').waitFor({ state: 'detached' });
    await focused('Client secrets');
    await row('openai').getByRole('link').click();
    await details().waitFor();
    expect(await page.title()).toBe('Client secrets – Keyhole');
    await press('Sign out');
    await focused('Keyhole');
    expect(await page.title()).toBe('Sign in – Keyhole');
    expect(page.url()).toBe(`${world.server.origin}/console`);
    await signIn('Application', world.clientId, world.clientSecret);
    await row('openai').waitFor();
    expect(await details().count()).toBe(0);
  });

  test('whoever waits for a server that does not answer may sign out', async () => {
    const { page, press } = await signedIn();
    await page.route('**/graphql', (route) => route.abort());
    await page.reload();
    await page.getByRole('alert').getByText('The server does not answer').waitFor();
    await press('Sign out');
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
  });

  test('a user is offered what a user may do', async () => {
    await addSecret({ name: 'shared', usersAllowed: [{ username: 'mina', canEdit: true }] });
    const mina = await tab();
    await mina.signIn('User', world.clientId, await userToken('mina'));
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
    await paul.signIn('User', world.clientId, await userToken('paul', true));
    await paul.page.getByRole('button', { name: 'Add a client secret' }).waitFor();
    expect(await paul.row('shared').count()).toBe(0);
  });
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
  const { viewer } = await world.server.run<{ viewer: object }>(
    '{ viewer { kind application { name } } }',
    {},
    headers,
  );
  expect(viewer).toEqual({ kind: 'APPLICATION', application: { name: 'shop' } });
});

test('an address that is malformed leads to the list', async () => {
  const { page, row } = await signedIn();
  await page.evaluate(() => location.replace('#/secrets/100%'));
  await page.reload();
  await row('openai').waitFor();
  expect(await page.getByRole('complementary').count()).toBe(0);
});

describe('for everybody', () => {
  test.each([
    { width: 1280, colorScheme: 'light' as const },
    { width: 390, colorScheme: 'dark' as const },
  ])('axe finds nothing wrong in $colorScheme colours, $width pixels wide', async ({ width, colorScheme }) => {
    const held = world.thirdParty.hold();
    await submit(`/axe-${width}`, { queue: `axe-${width}` });
    await submit(`/axe-${width}`, { queue: `axe-${width}` });
    const { page, signIn, open, press, row, details, dialog } = await tab();
    await page.setViewportSize({ width, height: 800 });
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    expect(await violations(page)).toEqual([]);
    await signIn('Application', world.clientId, world.clientSecret);
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
    await row(`axe-${width}`).waitFor();
    expect(await violations(page)).toEqual([]);
    await open('Requests');
    await row(`/axe-${width}`, 'waiting').click();
    await details().getByText('Not there yet').waitFor();
    expect(await violations(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
    held.letAllGo();
  });

  test('on a narrow screen the paths of requests are shown, and what the search is for', async () => {
    await submit('/v1/images/generations');
    const { page, open, row } = await signedIn();
    await page.setViewportSize({ width: 320, height: 640 });
    const isCut = await page.getByLabel('Search by name and tag').evaluate((input: HTMLInputElement) => {
      const { font, paddingLeft, paddingRight } = getComputedStyle(input);
      const drawing = document.createElement('canvas').getContext('2d') as CanvasRenderingContext2D;
      drawing.font = font;
      const room = input.clientWidth - Number.parseFloat(paddingLeft) - Number.parseFloat(paddingRight);
      return drawing.measureText(input.placeholder).width > room;
    });
    expect(isCut).toBe(false);
    await open('Requests');
    const link = row('/v1/images/generations').getByRole('link');
    const hidden = await link.evaluate((it) => {
      const path = new Range();
      path.selectNode(it.lastChild as Text);
      const cell = (it.closest('td') as HTMLElement).getBoundingClientRect();
      const { right, bottom } = path.getBoundingClientRect();
      return { right: right > cell.right, bottom: bottom > cell.bottom };
    });
    expect(hidden).toEqual({ right: false, bottom: false });
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
