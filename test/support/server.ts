import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { type App, type AppOverrides, createApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { openDatabase } from '../../src/database/database.ts';
import { generateMasterKey } from '../../src/secrets/master-keys.ts';
import { createTestDatabase } from './databases.ts';
import { type Headers, postGraphQL } from './graphql.ts';
import { createApplication, type Post, type TestApplication } from './test-application.ts';

export type { TestApplication };

export interface TestServer {
  /** Of the GraphQL endpoint. */
  url: string;
  app: App;
  asOperator: Headers;
  /** Of the Postgres database; null where it is embedded. */
  databaseUrl: string | null;
  /** Runs SQL on its database, beside it. */
  sql<Row = Record<string, unknown>>(text: string): Promise<Row[]>;
  /** Everything that was logged, as text. */
  log(): string;
  post: Post;
  createApplication(input?: object): Promise<TestApplication>;
  close(): Promise<void>;
}

export interface TestServerOptions {
  /** Settings over those of a test: everything on loopback may be reached. */
  env?: Record<string, string>;
  overrides?: AppOverrides;
}

/**
 * A server of its own for a test, in this process, on a free port: on the embedded database, or on real Postgres where
 * the project of the suite is that. `httpHosts` may be reached by plain http.
 */
export async function startTestServer(
  httpHosts: readonly string[],
  options: TestServerOptions = {},
): Promise<TestServer> {
  const { url: databaseUrl, snapshot, drop } = await createTestDatabase();
  const start = snapshot === undefined ? {} : { snapshot };
  const database = await openDatabase({ databaseUrl, dataDir: null, onPoolError: () => {}, poolSize: 1, ...start });
  const operatorToken = options.env?.KEYHOLE_OPERATOR_TOKEN ?? randomBytes(24).toString('hex');
  const lines: string[] = [];
  const config = readConfig({
    PORT: '0',
    ...(databaseUrl === null ? {} : { DATABASE_URL: databaseUrl }),
    KEYHOLE_MASTER_KEYS: generateMasterKey(),
    KEYHOLE_OPERATOR_TOKEN: operatorToken,
    KEYHOLE_ALLOW_ADDRESSES: '127.0.0.0/8',
    KEYHOLE_ALLOW_HTTP_HOSTS: httpHosts.join(','),
    KEYHOLE_LEASE_MS: '2000',
    KEYHOLE_DRAIN_MS: '2000',
    ...options.env,
  });
  const app = await createApp(config, {
    logDestination: { write: (line: string) => void lines.push(line) },
    // The embedded one has one process, and one connection.
    ...(databaseUrl === null ? { database } : {}),
    ...options.overrides,
  });
  const post: TestServer['post'] = (headers, query, variables) => postGraphQL(app.url, headers, query, variables);
  const asOperator = { authorization: `Bearer ${operatorToken}` };

  return {
    url: app.url,
    app,
    asOperator,
    databaseUrl,
    sql: async <Row>(text: string) => (await sql.raw<Row>(text).execute(database.kysely)).rows,
    log: () => lines.join(''),
    post,
    createApplication: (input) => createApplication(post, asOperator, input),
    async close() {
      await app.close();
      await database.close();
      await drop();
    },
  };
}
