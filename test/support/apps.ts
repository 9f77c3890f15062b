import { randomBytes } from 'node:crypto';
import { type App, createApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import type { DatabaseHandle } from '../../src/database/handle.ts';
import { generateMasterKey } from '../../src/secrets/master-keys.ts';
import { postGraphQL } from './graphql.ts';
import { createSecret } from './secrets.ts';
import { createApplication, type Post, type TestApplication } from './test-application.ts';

/** One instance, in the test's own process. */
export interface RunningApp {
  /** Of the GraphQL endpoint. */
  url: string;
  post: Post;
  /** Status of `/ready`. */
  readiness(): Promise<number>;
  /** Everything that it logged. */
  log(): string;
  close(): Promise<void>;
}

export interface RunningApps {
  apps: readonly RunningApp[];
  /** Registered with them all, with a client secret named `openai` that may be sent to `origin`. */
  application: TestApplication;
  close(): Promise<void>;
}

export interface AppsOptions {
  /** Of each instance: it may reach the database on a way of its own. */
  databaseUrls: readonly string[];
  /** Of the third party. */
  origin: string;
  env?: Record<string, string>;
  /** Of the one instance, opened already. */
  database?: DatabaseHandle;
}

/** Several instances of one installation, in the test's own process: enough wherever none of them has to die. */
export async function startApps({ databaseUrls, origin, env = {}, database }: AppsOptions): Promise<RunningApps> {
  const operatorToken = randomBytes(24).toString('hex');
  const settings = {
    PORT: '0',
    KEYHOLE_MASTER_KEYS: generateMasterKey(),
    KEYHOLE_OPERATOR_TOKEN: operatorToken,
    KEYHOLE_ALLOW_ADDRESSES: '127.0.0.0/8',
    KEYHOLE_ALLOW_HTTP_HOSTS: new URL(origin).host,
    KEYHOLE_LEASE_MS: '1000',
    KEYHOLE_DRAIN_MS: '2000',
    KEYHOLE_DATABASE_POOL: '4',
    ...env,
  };
  const apps = await Promise.all(databaseUrls.map((DATABASE_URL) => startApp({ ...settings, DATABASE_URL }, database)));
  const [first] = apps;
  if (first === undefined) throw new Error('At least one instance is needed');
  const asOperator = { authorization: `Bearer ${operatorToken}` };
  const application = await createApplication(first.post, asOperator);
  const allowedMethods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
  await createSecret(first, application.asApplication, origin, { allowedMethods });
  return {
    apps,
    application,
    async close() {
      await Promise.all(apps.map((app) => app.close()));
    },
  };
}

async function startApp(env: Record<string, string>, database?: DatabaseHandle): Promise<RunningApp> {
  const lines: string[] = [];
  const logDestination = { write: (line: string) => void lines.push(line) };
  const app: App = await createApp(readConfig(env), { logDestination, ...(database && { database }) });
  let closed: Promise<void> | undefined;
  return {
    url: app.url,
    post: (headers, query, variables) => postGraphQL(app.url, headers, query, variables),
    readiness: async () => (await fetch(new URL('/ready', app.url))).status,
    log: () => lines.join(''),
    close() {
      closed ??= app.close();
      return closed;
    },
  };
}
