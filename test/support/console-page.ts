import type { BrowserContext, Locator, Page } from 'playwright-core';

/** The console in a tab, as a person uses it. */
export interface ConsolePage {
  page: Page;
  /** Addresses of all that the page asked for. */
  asked: string[];
  signIn(kind: 'Application' | 'User', clientId: string, proof: string): Promise<void>;
  signInAsOperator(token: string): Promise<void>;
  open(view: 'Client secrets' | 'Requests' | 'Queues' | 'Applications'): Promise<void>;
  /** The row of a table in which all of the texts stand. */
  row(...texts: string[]): Locator;
  details(): Locator;
  dialog(): Locator;
  press(name: string): Promise<void>;
}

export async function openConsole(context: BrowserContext, origin: string): Promise<ConsolePage> {
  const page = await context.newPage();
  const asked: string[] = [];
  page.on('request', (request) => void asked.push(request.url()));
  await page.goto(`${origin}/console`);

  async function prove(kind: string, label: string, proof: string): Promise<void> {
    await page.getByLabel(kind, { exact: true }).check();
    await page.getByLabel(label, { exact: true }).fill(proof);
    await page.getByRole('button', { name: 'Sign in' }).click();
  }

  return {
    page,
    asked,
    async signIn(kind, clientId, proof) {
      await page.getByLabel('Client ID').fill(clientId);
      await prove(kind, kind === 'User' ? 'User token' : 'Client secret', proof);
    },
    signInAsOperator: (token) => prove('Operator', 'Operator token', token),
    async open(view) {
      await page.getByRole('navigation').getByRole('link', { name: view }).click();
      await page.getByRole('heading', { name: view, level: 1 }).waitFor();
    },
    row: (...texts) => texts.reduce((rows, hasText) => rows.filter({ hasText }), page.getByRole('row')),
    details: () => page.getByRole('complementary'),
    dialog: () => page.getByRole('dialog'),
    press: (name) => page.getByRole('button', { name, exact: true }).click(),
  };
}
