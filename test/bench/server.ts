import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateMasterKey } from '../../src/secrets/master-keys.ts';
import { postGraphQL } from '../support/graphql.ts';
import type { Bench } from './bench.ts';
import { SERVER } from './build.ts';
import { lineOf, startNode } from './processes.ts';
import { SECRET_NAME } from './submission.ts';

export interface Keyhole {
  origin: string;
  applicationId: string;
  /** Of one visitor of a page. */
  page(visitor?: number): Record<string, string>;
  /** Bytes of its process, after a garbage collection. */
  memory(): Promise<{ heap: number; resident: number }>;
}

export interface KeyholeOptions {
  /** Null for the embedded database. */
  databaseUrl: string | null;
  env?: Record<string, string>;
  /** Another build of it. */
  program?: string;
}

/** Answers with its memory whenever it is asked. */
const MEMORY = `data:text/javascript,${encodeURIComponent(`
  process.on('message', () => {
    gc({ type: 'major', execution: 'sync', flavor: 'last-resort' });
    const { heapUsed, external, rss } = process.memoryUsage();
    process.send({ heap: heapUsed + external, resident: rss });
  });
  process.channel.unref();`)}`;

const CREATE_APPLICATION = `mutation ($input: CreateApplicationInput!) {
  createApplication(input: $input) { application { id } clientId clientSecret }
}`;
const CREATE_SECRET = `mutation ($input: CreateClientSecretInput!) {
  createClientSecret(input: $input) { clientSecret { id } }
}`;

interface Created {
  createApplication: { application: { id: string }; clientId: string; clientSecret: string };
}

/** The built server as it is run in production, with an application and a client secret for the third party. */
export async function startKeyhole(
  bench: Bench,
  { databaseUrl, env, program = SERVER }: KeyholeOptions,
): Promise<Keyhole> {
  const operatorToken = randomBytes(24).toString('hex');
  const dataDir = await mkdtemp(join(tmpdir(), 'keyhole-bench-'));
  bench.defer(() => rm(dataDir, { recursive: true, force: true }));
  const profiling = bench.profile === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${bench.profile}`];
  const server = startNode(['--expose-gc', '--import', MEMORY, ...profiling, program], {
    NODE_ENV: 'production',
    PORT: '0',
    LOG_LEVEL: 'warn',
    DATA_DIR: dataDir,
    ...(databaseUrl === null ? {} : { DATABASE_URL: databaseUrl }),
    KEYHOLE_MASTER_KEYS: generateMasterKey(),
    KEYHOLE_OPERATOR_TOKEN: operatorToken,
    KEYHOLE_ALLOW_ADDRESSES: '127.0.0.1/32',
    KEYHOLE_ALLOW_HTTP_HOSTS: new URL(bench.thirdParty).host,
    ...env,
  });
  bench.defer(server.close);
  const url = await lineOf(server, /^Keyhole is listening on (.*)$/);

  const asOperator = { authorization: `Bearer ${operatorToken}` };
  const created = await postGraphQL<Created>(url, asOperator, CREATE_APPLICATION, { input: { name: 'benchmark' } });
  const { application, clientId, clientSecret } = created.data.createApplication;
  const asBackend = { 'x-client-id': clientId, 'x-client-secret': clientSecret };
  const input = {
    name: SECRET_NAME,
    clientSecret: randomBytes(24).toString('hex'),
    allowedUrls: [bench.thirdParty],
  };
  const kept = await postGraphQL(url, asBackend, CREATE_SECRET, { input });
  if (kept.errors.length > 0) throw new Error(kept.text);

  return {
    origin: new URL(url).origin,
    applicationId: Buffer.from(application.id, 'base64').toString().split(':')[1] ?? '',
    page: (visitor = 0) => ({ 'x-client-id': clientId, 'x-visitor-id': visitorId(visitor) }),
    memory() {
      const answer = server.answer<{ heap: number; resident: number }>('heap');
      server.child.send('memory');
      return answer;
    },
  };
}

export function visitorId(number: number): string {
  return `benchmark-visitor-${String(number).padStart(4, '0')}`;
}
