import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { type App, type AppOverrides, createApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { openDatabase } from '../../src/database/database.ts';
import { generateMasterKey } from '../../src/secrets/master-keys.ts';
import { createTestDatabase } from './databases.ts';
import { type GraphQLResult, type Headers, postGraphQL } from './graphql.ts';

export interface TestApplication {
  id: string;
  clientId: string;
  clientSecret: string;
  /** Of a backend. */
  asApplication: Headers;
  /** Of a page, with a visitor ID where one is given. */
  asVisitor(visitorId?: string): Headers;
  /** Of a logged-in user. */
  asUser(
    username: string,
    token?: { groups?: string[]; canCreateSecrets?: boolean; expiresIn?: number },
  ): Promise<Headers>;
}

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
  post<Data = Record<string, unknown>>(
    headers: Headers,
    query: string,
    variables?: object,
  ): Promise<GraphQLResult<Data>>;
  createApplication(input?: object): Promise<TestApplication>;
  close(): Promise<void>;
}

export interface TestServerOptions {
  /** Settings over those of a test: everything on loopback may be reached. */
  env?: Record<string, string>;
  overrides?: AppOverrides;
}

const CREATE_APPLICATION = `mutation ($input: CreateApplicationInput!) {
  createApplication(input: $input) { application { id } clientId clientSecret }
}`;
const ISSUE_TOKEN = 'mutation ($input: IssueUserTokenInput!) { issueUserToken(input: $input) { token } }';

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

async function createApplication(post: TestServer['post'], asOperator: Headers, input: object = {}) {
  const created = await post<{
    createApplication: { application: { id: string }; clientId: string; clientSecret: string };
  }>(asOperator, CREATE_APPLICATION, { input: { name: 'test', ...input } });
  const { application, clientId, clientSecret } = created.data.createApplication;
  const asApplication = { 'x-client-id': clientId, 'x-client-secret': clientSecret };
  const test: TestApplication = {
    id: application.id,
    clientId,
    clientSecret,
    asApplication,
    asVisitor: (visitorId) => ({
      'x-client-id': clientId,
      ...(visitorId === undefined ? {} : { 'x-visitor-id': visitorId }),
    }),
    async asUser(username, token = {}) {
      const input = { username, ...token };
      const issued = await post<{ issueUserToken: { token: string } }>(asApplication, ISSUE_TOKEN, { input });
      return { 'x-client-id': clientId, authorization: `Bearer ${issued.data.issueUserToken.token}` };
    },
  };
  return test;
}
