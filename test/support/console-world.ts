import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import { openBrowser } from './browser.ts';
import { buildClient, SERVED_CLIENT } from './built-client.ts';
import { buildConsole } from './built-console.ts';
import { type ConsolePage, openConsole } from './console-page.ts';
import { type KeyholeProcess, startKeyhole } from './keyhole-process.ts';
import { type Pages, servePages } from './pages.ts';
import { startThirdParty, type ThirdParty } from './third-party.ts';

export const OPERATOR_TOKEN = 'operator-token-of-the-console-test-01';
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** A server with an application and the client secret `openai` of it, a third party, and tabs of a browser. */
export interface ConsoleWorld {
  readonly server: KeyholeProcess;
  readonly thirdParty: ThirdParty;
  /** A site of another origin, one of the application's. */
  readonly elsewhere: Pages;
  readonly browser: Awaited<ReturnType<typeof openBrowser>>;
  readonly clientId: string;
  readonly clientSecret: string;
  /** The console in a tab, where nobody is signed in. */
  tab(): Promise<ConsolePage>;
  /** The console in a tab, where the application is signed in. */
  signedIn(): Promise<ConsolePage>;
  userToken(username: string, canCreateSecrets?: boolean): Promise<string>;
  addSecret(input: object): Promise<void>;
  /** Submits a request to a path of the third party's, as the application; its ID. */
  submit(path: string, input?: object): Promise<string>;
}

/** One for all tests of a file. Each test begins without tabs, and with a third party that answers at once. */
export function useConsole(): ConsoleWorld {
  let server: KeyholeProcess;
  let thirdParty: ThirdParty;
  let elsewhere: Pages;
  let browser: Awaited<ReturnType<typeof openBrowser>>;
  let clientId: string;
  let clientSecret: string;
  let asApplication: Record<string, string>;
  let opened: ConsolePage[] = [];

  beforeAll(async () => {
    await Promise.all([buildConsole(), buildClient(SERVED_CLIENT)]);
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
      { input: { clientSecret: 'sk-live-0123456789abcdefgh', allowedUrls: [thirdParty.origin], ...input } },
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

  return {
    get server() {
      return server;
    },
    get thirdParty() {
      return thirdParty;
    },
    get elsewhere() {
      return elsewhere;
    },
    get browser() {
      return browser;
    },
    get clientId() {
      return clientId;
    },
    get clientSecret() {
      return clientSecret;
    },
    tab,
    signedIn,
    userToken,
    addSecret,
    submit,
  };
}
