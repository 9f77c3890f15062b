import { parseArgs } from 'node:util';
import type { Application, ApplicationCredential } from '../applications/application.ts';
import { type ApplicationsService, createApplicationsService } from '../applications/applications.service.ts';
import type { Caller } from '../applications/caller.ts';
import { readConfig } from '../config.ts';
import { assertMigrated } from '../database/migrate.ts';
import { encodeGlobalId, localId, type NodeType } from '../graphql/global-id.ts';
import { type Command, UsageError } from './command.ts';
import { withDatabase } from './database.ts';

/** What an action does with the database. Its result is printed. */
type Work = (applications: ApplicationsService) => Promise<unknown>;

const OPERATOR: Caller = { kind: 'OPERATOR' };
const PAGE = 100;

/** Each looks at its words before anything is opened, and throws where they are wrong. */
const ACTIONS: Record<string, (args: string[]) => Work> = {
  'create-application': createApplication,
  'list-applications': listApplications,
  'enable-application': (args) => setEnabled(args, true),
  'disable-application': (args) => setEnabled(args, false),
  'create-credential': createCredential,
  'revoke-credential': revokeCredential,
};

export const operator: Command = {
  summary: 'Does what the OPERATOR may do by the API, for deployments without an operator token.',
  usage: `<action> [options]

  create-application --name NAME [--origin https://app.example]… [--requests-per-minute N]
  list-applications
  enable-application ID
  disable-application ID
  create-credential --application ID [--label LABEL]
  revoke-credential ID

Reads the settings of the server; with the embedded database stop the server first. Prints JSON; IDs are those of the
API. A client secret is printed once, at its making.`,
  async run([action = '', ...args], env, print) {
    const readWords = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
    if (readWords === undefined) throw new UsageError(`Name an action: ${Object.keys(ACTIONS).join(', ')}`);
    const work = readWords(args);
    await withDatabase(readConfig(env, { masterKeys: false }), async ({ kysely: db }) => {
      await assertMigrated(db);
      const applications = createApplicationsService({
        db,
        operatorToken: null,
        masterKeys: [],
        fetchJson: () => Promise.reject(new Error('Commands fetch nothing')),
        checkUrl: () => {},
        log: { warn: () => {} },
      });
      print(JSON.stringify(await work(applications), null, 2));
    });
  },
};

function createApplication(args: string[]): Work {
  const { values } = parseArgs({
    args,
    options: {
      name: { type: 'string' },
      origin: { type: 'string', multiple: true },
      'requests-per-minute': { type: 'string' },
    },
  });
  const { name, origin: allowedOrigins = [], 'requests-per-minute': perMinute } = values;
  if (name === undefined) throw new UsageError('--name is required');
  const requestsPerMinute = perMinute === undefined ? null : Number(perMinute);
  return async (applications) => {
    const made = await applications.create(OPERATOR, { name, allowedOrigins, requestsPerMinute });
    const { application, clientId, clientSecret } = made;
    return { application: describe(application), clientId, clientSecret };
  };
}

function listApplications(args: string[]): Work {
  parseArgs({ args, options: {} });
  return async (applications) => {
    const all: object[] = [];
    let after: string | null = null;
    do {
      const page = await applications.list(OPERATOR, { first: PAGE, after });
      for (const { node } of page.edges) {
        const credentials = await applications.credentials(OPERATOR, node.id);
        all.push({ ...describe(node), credentials: credentials.map(describeCredential) });
      }
      after = page.hasNextPage ? (page.edges.at(-1)?.cursor ?? null) : null;
    } while (after !== null);
    return all;
  };
}

function setEnabled(args: string[], enabled: boolean): Work {
  const id = onlyId('Application', args);
  return async (applications) => describe(await applications.update(OPERATOR, id, { enabled }));
}

function createCredential(args: string[]): Work {
  const { values } = parseArgs({ args, options: { application: { type: 'string' }, label: { type: 'string' } } });
  if (values.application === undefined) throw new UsageError('--application is required');
  const id = toLocalId('Application', values.application);
  return async (applications) => {
    const issued = await applications.createCredential(OPERATOR, id, { label: values.label ?? null });
    const { credential, clientSecret } = issued;
    return { credential: describeCredential(credential), clientSecret };
  };
}

function revokeCredential(args: string[]): Work {
  const id = onlyId('ApplicationCredential', args);
  return async (applications) => {
    await applications.revokeCredential(OPERATOR, id);
    return { revoked: encodeGlobalId('ApplicationCredential', id) };
  };
}

function onlyId(type: NodeType, args: string[]): string {
  const [id, ...others] = parseArgs({ args, options: {}, allowPositionals: true }).positionals;
  if (id === undefined || others.length > 0) throw new UsageError('Name one ID');
  return toLocalId(type, id);
}

/** The API's IDs; the log's are UUIDs, which count too. */
function toLocalId(type: NodeType, id: string): string {
  return localId(type, id) ?? localId(type, encodeGlobalId(type, id)) ?? fail(`${id} is no ID of this kind`);
}

function fail(message: string): never {
  throw new UsageError(message);
}

function describe({ id, name, enabled, allowedOrigins, createdAt }: Application) {
  return { id: encodeGlobalId('Application', id), name, enabled, allowedOrigins, createdAt };
}

function describeCredential({ id, label, clientId, createdAt, lastUsedAt }: ApplicationCredential) {
  return { id: encodeGlobalId('ApplicationCredential', id), label, clientId, createdAt, lastUsedAt };
}
