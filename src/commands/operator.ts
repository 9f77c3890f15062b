import { parseArgs } from 'node:util';
import type { Application, ApplicationCredential } from '../applications/application.ts';
import { type ApplicationsService, createApplicationsService } from '../applications/applications.service.ts';
import type { Caller } from '../applications/caller.ts';
import { readConfig } from '../config.ts';
import { assertMigrated } from '../database/migrate.ts';
import { encodeGlobalId, localId, type NodeType } from '../graphql/global-id.ts';
import { type Command, UsageError } from './command.ts';
import { withDatabase } from './database.ts';

type Print = (text: string) => void;

const OPERATOR: Caller = { kind: 'OPERATOR' };
const PAGE = 100;

const ACTIONS: Record<string, (applications: ApplicationsService, args: string[], print: Print) => Promise<void>> = {
  'create-application': createApplication,
  'list-applications': listApplications,
  'enable-application': (applications, args, print) => setEnabled(applications, args, true, print),
  'disable-application': (applications, args, print) => setEnabled(applications, args, false, print),
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
  async run([action, ...args], env, print) {
    const act = Object.hasOwn(ACTIONS, action ?? '') ? ACTIONS[action ?? ''] : undefined;
    if (act === undefined) throw new UsageError(`Name an action: ${Object.keys(ACTIONS).join(', ')}`);
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
      await act(applications, args, print);
    });
  },
};

async function createApplication(applications: ApplicationsService, args: string[], print: Print): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      name: { type: 'string' },
      origin: { type: 'string', multiple: true },
      'requests-per-minute': { type: 'string' },
    },
  });
  if (values.name === undefined) throw new UsageError('--name is required');
  const perMinute = values['requests-per-minute'];
  const { application, clientId, clientSecret } = await applications.create(OPERATOR, {
    name: values.name,
    allowedOrigins: values.origin ?? [],
    requestsPerMinute: perMinute === undefined ? null : Number(perMinute),
  });
  print(toJson({ application: describe(application), clientId, clientSecret }));
}

async function listApplications(applications: ApplicationsService, args: string[], print: Print): Promise<void> {
  parseArgs({ args, options: {} });
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
  print(toJson(all));
}

async function setEnabled(applications: ApplicationsService, args: string[], enabled: boolean, print: Print) {
  const application = await applications.update(OPERATOR, onlyId('Application', args), { enabled });
  print(toJson(describe(application)));
}

async function createCredential(applications: ApplicationsService, args: string[], print: Print): Promise<void> {
  const { values } = parseArgs({ args, options: { application: { type: 'string' }, label: { type: 'string' } } });
  if (values.application === undefined) throw new UsageError('--application is required');
  const id = toLocalId('Application', values.application);
  const issued = await applications.createCredential(OPERATOR, id, { label: values.label ?? null });
  const { credential, clientSecret } = issued;
  print(toJson({ credential: describeCredential(credential), clientSecret }));
}

async function revokeCredential(applications: ApplicationsService, args: string[], print: Print): Promise<void> {
  const id = onlyId('ApplicationCredential', args);
  await applications.revokeCredential(OPERATOR, id);
  print(toJson({ revoked: encodeGlobalId('ApplicationCredential', id) }));
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

function toJson(value: unknown): string {
  return JSON.stringify(value, null, 2);
}
