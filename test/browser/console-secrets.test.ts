import type { Locator } from 'playwright-core';
import { expect, test } from 'vitest';
import { useConsole } from '../support/console-world.ts';

const SECRET = 'sk-live-0123456789abcdefgh';

const world = useConsole();
const { addSecret, signedIn, userToken } = world;

test('a key that is added is used by another page, with the call that the console writes', async () => {
  const { page, press, dialog, details } = await signedIn();
  await press('Add a client secret');
  await dialog().getByRole('textbox', { name: 'Name' }).fill('images');
  await dialog().getByLabel('Client secret', { exact: true }).fill(SECRET);
  await dialog().getByRole('textbox', { name: 'URL', exact: true }).fill(world.thirdParty.origin);
  await page.keyboard.press('Enter');
  await details().getByRole('heading', { name: 'images' }).waitFor();
  expect(await page.content()).not.toContain(SECRET);

  const call = await details().locator('.call code').textContent();
  await press('As a form');
  const form = await details().locator('.call code').textContent();
  world.elsewhere.show(`<script type="module">${call}\nglobalThis.answer = answer;</script>${form}`);
  const other = await world.browser.context.newPage();
  await other.goto(world.elsewhere.origin);
  await other.waitForFunction(() => 'answer' in globalThis);
  await other.getByLabel('Prompt').fill('a sea otter');
  await other.getByRole('button', { name: 'Send' }).click();
  await expect.poll(() => world.thirdParty.requests.length).toBe(2);
  const [first, second] = world.thirdParty.requests;
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
  await dialog().getByRole('textbox', { name: 'URL', exact: true }).fill(world.thirdParty.origin);
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

test('no control that removes something gets the focus by itself, and none leaves it nowhere', async () => {
  const { page, press, dialog } = await signedIn();
  const url = (name = 'URL') => dialog().getByRole('textbox', { name, exact: true });
  const hasFocus = (control: Locator) =>
    expect.poll(() => control.evaluate((element) => element === document.activeElement)).toBe(true);
  await press('Add a client secret');
  await dialog().getByRole('textbox', { name: 'Name' }).fill('without');
  await dialog().getByLabel('Client secret', { exact: true }).fill(SECRET);
  await press('Add');
  await dialog().getByRole('alert').getByText('Must have at least one URL').waitFor();
  await hasFocus(url());

  await url().fill('https://1.example');
  for (const n of [2, 3]) {
    await press('Add a URL');
    await hasFocus(url(`URL ${n}`));
    await page.keyboard.type(`https://${n}.example`);
  }
  await press('Remove URL 2');
  await hasFocus(url('URL 2'));
  expect(await url('URL 2').inputValue()).toBe('https://3.example');
  await press('Remove URL 2');
  await hasFocus(url());
  await press('Remove URL');
  await hasFocus(dialog().getByRole('button', { name: 'Add a URL' }));
});

test('a locked key is for users alone', async () => {
  const { press, dialog, row } = await signedIn();
  await press('Add a client secret');
  await dialog().getByRole('textbox', { name: 'Name' }).fill('members');
  await dialog().getByLabel('Client secret', { exact: true }).fill(SECRET);
  await dialog().getByRole('textbox', { name: 'URL', exact: true }).fill(world.thirdParty.origin);
  await dialog().getByRole('checkbox', { name: 'Locked' }).check();
  await press('Add');
  await row('members', 'locked').waitFor();
  const input = {
    clientSecretName: 'members',
    url: world.thirdParty.origin,
    method: 'GET',
    headers: { A: '$CLIENT_SECRET' },
  };
  const mutation =
    'mutation ($input: ClientSecretRequestInput!) { clientSecretRequest(input: $input) { request { id } } }';
  const token = await userToken('mina');
  await expect(world.server.run(mutation, { input }, { 'X-Client-Id': world.clientId })).rejects.toThrow(/log in/i);
  await world.server.run(mutation, { input }, { 'X-Client-Id': world.clientId, Authorization: `Bearer ${token}` });
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
