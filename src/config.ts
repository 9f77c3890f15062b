import { z } from 'zod';
import { MIN_OPERATOR_TOKEN_LENGTH } from './applications/credentials.ts';
import { parseAddressRange } from './egress/egress-addresses.ts';
import { parseHttpHost } from './egress/egress-hosts.ts';
import { EDGE_DEFAULTS, type EdgeConfig } from './graphql/edge-config.ts';
import type { SubmissionLimits } from './requests/submission.ts';
import { type MasterKey, parseMasterKeys } from './secrets/master-keys.ts';
import { flag, integer, list, refuseEntries, text } from './settings.ts';

/** What the environment says, checked; BEHAVIOUR 8 has the table. Times in milliseconds, sizes in bytes. */
export interface Config {
  host: string;
  port: number;
  metricsPort: number | null;
  isProduction: boolean;
  logLevel: string;
  /** Null for the embedded database in `dataDir`. */
  databaseUrl: string | null;
  dataDir: string;
  migrate: boolean;
  poolSize: number;
  writePoolSize: number;
  /** Null: generated and kept in `dataDir`, with the embedded database alone. */
  masterKeys: MasterKey[] | null;
  operatorToken: string | null;
  allowHttpHosts: string[];
  allowAddresses: string[];
  maxConcurrent: number;
  maxResponseBytes: number;
  submission: SubmissionLimits;
  historyRetentionDays: number;
  /** After so long without a heartbeat an instance is taken for dead. */
  leaseMs: number;
  drainMs: number;
  maxPendingEvents: number;
  console: boolean;
  edge: EdgeConfig;
}

/** Every fault of the environment at once; the message names each setting and repeats no value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const MIB = 1024 * 1024;
const LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'];
const edgeDefaults = EDGE_DEFAULTS;

const environment = z.object({
  NODE_ENV: text,
  HOST: text,
  PORT: integer(0, 65_535, 4000),
  METRICS_PORT: integer(0, 65_535, null),
  LOG_LEVEL: text.refine((level) => level === null || LEVELS.includes(level), `must be one of ${LEVELS.join(', ')}`),
  DATABASE_URL: text.refine(
    isPostgresUrlOrNull,
    'must be a URL that begins with postgres://, what is special in its password percent-encoded',
  ),
  DATA_DIR: text,
  KEYHOLE_MIGRATE: flag,
  KEYHOLE_DATABASE_POOL: integer(1, 1_000, 10),
  KEYHOLE_DATABASE_WRITE_POOL: integer(1, 100, 3),
  KEYHOLE_MASTER_KEYS: text.transform(readMasterKeys),
  KEYHOLE_OPERATOR_TOKEN: text.refine(
    // What a header carries and a bearer token may be.
    (token) => token === null || (token.length >= MIN_OPERATOR_TOKEN_LENGTH && /^[\x21-\x7e]+$/.test(token)),
    `must have at least ${MIN_OPERATOR_TOKEN_LENGTH} characters, of ASCII and no spaces`,
  ),
  KEYHOLE_ALLOW_HTTP_HOSTS: list.superRefine(refuseEntries(parseHttpHost)),
  KEYHOLE_ALLOW_ADDRESSES: list.superRefine(refuseEntries(parseAddressRange)),
  KEYHOLE_MAX_CONCURRENT: integer(1, 100_000, 256),
  KEYHOLE_MAX_RESPONSE_BYTES: integer(1, 256 * MIB, 10 * MIB),
  KEYHOLE_MAX_REQUEST_BYTES: integer(1, 256 * MIB, MIB),
  KEYHOLE_MAX_TIMEOUT_MS: integer(1, 24 * HOUR, 10 * MINUTE),
  KEYHOLE_DEFAULT_TIMEOUT_MS: integer(1, 24 * HOUR, MINUTE / 2),
  KEYHOLE_MAX_EXPIRES_MS: integer(1, 7 * 24 * HOUR, 24 * HOUR),
  KEYHOLE_DEFAULT_EXPIRES_MS: integer(1, 7 * 24 * HOUR, 15 * MINUTE),
  KEYHOLE_MAX_WAIT_MS: integer(0, HOUR, MINUTE),
  HISTORY_RETENTION_DAYS: integer(1, 36_500, 30),
  KEYHOLE_LEASE_MS: integer(250, HOUR, 8_000),
  KEYHOLE_DRAIN_MS: integer(0, HOUR, 25_000),
  KEYHOLE_MAX_PENDING_EVENTS: integer(1, 1_000_000, 1_000),
  KEYHOLE_CONSOLE: flag,
  KEYHOLE_GRAPHIQL: flag,
  KEYHOLE_INTROSPECTION: flag,
  KEYHOLE_PUBLIC_ORIGIN: text.refine(isOriginOrNull, 'must be an origin, such as https://keyhole.example'),
  KEYHOLE_MAX_BODY_BYTES: integer(1, 256 * MIB, edgeDefaults.bodyBytes),
  KEYHOLE_MAX_MESSAGE_BYTES: integer(1, 256 * MIB, edgeDefaults.socketMessageBytes),
  KEYHOLE_INIT_TIMEOUT_MS: integer(1, HOUR, edgeDefaults.initTimeoutMs),
  KEYHOLE_PING_INTERVAL_MS: integer(100, HOUR, edgeDefaults.pingIntervalMs),
  KEYHOLE_MAX_SUBSCRIPTIONS_PER_SOCKET: integer(1, 1_000_000, edgeDefaults.subscriptionsPerSocket),
  KEYHOLE_MAX_SUBSCRIPTIONS_PER_CALLER: integer(1, 10_000_000, edgeDefaults.subscriptionsPerCaller),
  KEYHOLE_MAX_DEPTH: integer(1, 1_000, edgeDefaults.limits.depth),
  KEYHOLE_MAX_ALIASES: integer(0, 10_000, edgeDefaults.limits.aliases),
  KEYHOLE_MAX_TOKENS: integer(1, 1_000_000, edgeDefaults.limits.tokens),
  KEYHOLE_MAX_DIRECTIVES: integer(0, 10_000, edgeDefaults.limits.directives),
  KEYHOLE_MAX_COMPLEXITY: integer(1, 100_000_000, edgeDefaults.limits.complexity),
});

/**
 * Reads the environment. Throws one `ConfigError` that names every fault. An empty setting counts as not set. Commands
 * that open no client secret ask for no master keys.
 */
export function readConfig(
  env: Readonly<Record<string, string | undefined>>,
  needs: { masterKeys: boolean } = { masterKeys: true },
): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = environment.safeParse(given);
  const faults = parsed.success ? [] : parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`);
  if (needs.masterKeys && given.DATABASE_URL !== undefined && given.KEYHOLE_MASTER_KEYS === undefined) {
    faults.push('KEYHOLE_MASTER_KEYS is required with DATABASE_URL (npm run keys:generate makes one)');
  }
  if (!parsed.success || faults.length > 0) {
    throw new ConfigError(`The settings are wrong:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
  }
  return toConfig(parsed.data);
}

function toConfig(env: z.output<typeof environment>): Config {
  const isProduction = env.NODE_ENV === 'production';
  return {
    host: env.HOST ?? '127.0.0.1',
    port: env.PORT,
    metricsPort: env.METRICS_PORT,
    isProduction,
    logLevel: env.LOG_LEVEL ?? 'info',
    databaseUrl: env.DATABASE_URL,
    dataDir: env.DATA_DIR ?? './data',
    migrate: env.KEYHOLE_MIGRATE ?? true,
    poolSize: env.KEYHOLE_DATABASE_POOL,
    writePoolSize: env.KEYHOLE_DATABASE_WRITE_POOL,
    masterKeys: env.KEYHOLE_MASTER_KEYS,
    operatorToken: env.KEYHOLE_OPERATOR_TOKEN,
    allowHttpHosts: env.KEYHOLE_ALLOW_HTTP_HOSTS,
    allowAddresses: env.KEYHOLE_ALLOW_ADDRESSES,
    maxConcurrent: env.KEYHOLE_MAX_CONCURRENT,
    maxResponseBytes: env.KEYHOLE_MAX_RESPONSE_BYTES,
    submission: {
      maxRequestBytes: env.KEYHOLE_MAX_REQUEST_BYTES,
      maxTimeoutMs: env.KEYHOLE_MAX_TIMEOUT_MS,
      defaultTimeoutMs: Math.min(env.KEYHOLE_DEFAULT_TIMEOUT_MS, env.KEYHOLE_MAX_TIMEOUT_MS),
      maxExpiresMs: env.KEYHOLE_MAX_EXPIRES_MS,
      defaultExpiresMs: Math.min(env.KEYHOLE_DEFAULT_EXPIRES_MS, env.KEYHOLE_MAX_EXPIRES_MS),
      maxWaitMs: env.KEYHOLE_MAX_WAIT_MS,
    },
    historyRetentionDays: env.HISTORY_RETENTION_DAYS,
    leaseMs: env.KEYHOLE_LEASE_MS,
    drainMs: env.KEYHOLE_DRAIN_MS,
    maxPendingEvents: env.KEYHOLE_MAX_PENDING_EVENTS,
    console: env.KEYHOLE_CONSOLE ?? true,
    edge: {
      graphiql: env.KEYHOLE_GRAPHIQL ?? !isProduction,
      introspection: env.KEYHOLE_INTROSPECTION ?? !isProduction,
      publicOrigin: env.KEYHOLE_PUBLIC_ORIGIN === null ? null : new URL(env.KEYHOLE_PUBLIC_ORIGIN).origin,
      bodyBytes: env.KEYHOLE_MAX_BODY_BYTES,
      socketMessageBytes: env.KEYHOLE_MAX_MESSAGE_BYTES,
      initTimeoutMs: env.KEYHOLE_INIT_TIMEOUT_MS,
      pingIntervalMs: env.KEYHOLE_PING_INTERVAL_MS,
      subscriptionsPerSocket: env.KEYHOLE_MAX_SUBSCRIPTIONS_PER_SOCKET,
      subscriptionsPerCaller: env.KEYHOLE_MAX_SUBSCRIPTIONS_PER_CALLER,
      limits: {
        depth: env.KEYHOLE_MAX_DEPTH,
        introspectionDepth: edgeDefaults.limits.introspectionDepth,
        aliases: env.KEYHOLE_MAX_ALIASES,
        tokens: env.KEYHOLE_MAX_TOKENS,
        directives: env.KEYHOLE_MAX_DIRECTIVES,
        complexity: env.KEYHOLE_MAX_COMPLEXITY,
      },
    },
  };
}

function readMasterKeys(value: string | null, context: z.RefinementCtx): MasterKey[] | null {
  if (value === null) return null;
  const { keys, faults } = parseMasterKeys(value);
  for (const fault of faults) context.addIssue({ code: 'custom', message: fault });
  return keys;
}

/** As pg reads it: it may leave out the host, where the query names the folder of a socket. */
function isPostgresUrlOrNull(url: string | null): boolean {
  return url === null || (/^postgres(ql)?:\/\//.test(url) && URL.canParse(url.replace('@/', '@socket/')));
}

function isOriginOrNull(value: string | null): boolean {
  return value === null || (URL.canParse(value) && /^https?:\/\/[^/]+\/?$/.test(value));
}
