import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { useConsole } from '../support/console-world.ts';

const world = useConsole();
const SECRET = 'sk-typed-into-graphiql-0123456789';

/** The text of the editor that is shown: its lines come one by one, with spaces that do not break. */
async function query(page: Page): Promise<string> {
  const lines = (await page.locator('.graphiql-query-editor .view-lines').textContent()) ?? '';
  return lines.replaceAll('\u00a0', ' ');
}

test('GraphiQL leaves nothing of what is typed in the address, the history or the storage of the browser', async () => {
  const page = await world.browser.context.newPage();
  const asked: string[] = [];
  page.on('request', (request) => void asked.push(request.url()));
  try {
    await page.goto(`${world.server.origin}/graphql`);
    await expect.poll(() => query(page), { timeout: 15_000 }).toContain('The main job of Keyhole');
    const entries = await page.evaluate(() => history.length);

    await page.locator('.graphiql-query-editor .view-lines').click();
    await page.keyboard.press('ControlOrMeta+A');
    await page.keyboard.insertText(
      `mutation Typed { rotateClientSecret(input: { id: "x", clientSecret: "${SECRET}" }) { clientSecret { id } } }`,
    );
    // It looks a while after the last key for what there is to run.
    await page.getByRole('tab', { name: 'Typed' }).waitFor();
    await page.keyboard.press('ControlOrMeta+Enter');
    await page.locator('.result-window').getByText('UNAUTHENTICATED').waitFor();
    // What it keeps it writes half a second after the last key.
    await page.waitForTimeout(1_000);

    expect(page.url()).toBe(`${world.server.origin}/graphql`);
    expect(await page.evaluate(() => history.length)).toBe(entries);
    expect(await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]))).toBe('[{},{}]');
    await page.reload();
    await expect.poll(() => query(page), { timeout: 15_000 }).toContain('The main job of Keyhole');
    expect(await page.getByRole('tab').allTextContents()).toEqual(['KeepSecret']);
    expect(asked.filter((url) => url.includes(SECRET))).toEqual([]);
  } finally {
    await page.close();
  }
});
