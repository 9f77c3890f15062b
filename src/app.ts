import type { AddressInfo } from 'node:net';
import type { SecureContextOptions } from 'node:tls';
import type { DestinationStream } from 'pino';
import { createApplicationsService } from './applications/applications.service.ts';
import { provisionDefault } from './applications/registration.store.ts';
import { rememberPassed } from './cache.ts';
import { clientRoutes } from './client-routes.ts';
import type { Config } from './config.ts';
import { consoleRoutes } from './console-routes.ts';
import { type DatabaseHandle, openDatabase } from './database/database.ts';
import { assertMigrated } from './database/migrate.ts';
import { createEgress, type Resolve } from './egress/egress.ts';
import { createEngine } from './execution/engine.ts';
import { renewalMs } from './execution/lease.ts';
import { createSender } from './execution/sender.ts';
import { waitingByAge } from './execution/waiting.store.ts';
import { keptMasterKeys, keptOperatorToken } from './generated-keys.ts';
import { createRateLimit } from './graphql/rate-limit.ts';
import { createEdge } from './graphql/server.ts';
import { listen } from './listen.ts';
import { createLog } from './log.ts';
import { createMetrics } from './metrics.ts';
import { registerGauges } from './metrics-gauges.ts';
import { startMetricsServer } from './metrics-server.ts';
import { createObserver } from './observer.ts';
import { createRequestsService } from './requests/requests.service.ts';
import { findRequests, recentRequests } from './requests/requests.store.ts';
import { createRetention } from './requests/retention.ts';
import { createClientSecretsService } from './secrets/client-secrets.service.ts';
import { createVault } from './secrets/vault.ts';
import { createTimerWheel } from './timer-wheel.ts';
import { createFetchJson } from './upstream/fetch-json.ts';
import { createUpstream } from './upstream/upstream.ts';
import { within } from './within.ts';

/** What tests put in place of the world outside. */
export interface AppOverrides {
  resolve?: Resolve;
  /** Certificates to trust in place of the system's. */
  tls?: Pick<SecureContextOptions, 'ca'>;
  logDestination?: DestinationStream;
  /** Opened already, in place of the one that the settings name; it is closed with the app. */
  database?: DatabaseHandle;
}

export interface App {
  /** Of the GraphQL endpoint. */
  url: string;
  /** What this start made, to be shown once. */
  made: { clientId: string | null; clientSecret: string | null; operatorToken: string | null };
  /** Takes nothing more, lets what is being sent finish, and ends everything that it started. */
  close(): Promise<void>;
}

const USER_AGENT = 'Keyhole';
const CLOSING_MS = 1_000;
const DAY_MS = 24 * 3_600_000;

/** The composition root: everything is made here, in this order, and ended in the other. */
export async function createApp(config: Config, overrides: AppOverrides = {}): Promise<App> {
  const log = createLog(config.logLevel, overrides.logDestination);
  const metrics = config.metricsPort === null ? null : createMetrics();
  const observer = createObserver(log, metrics);
  const wheel = createTimerWheel();
  const isEmbedded = config.databaseUrl === null;

  const database =
    overrides.database ??
    (await openDatabase({
      databaseUrl: config.databaseUrl,
      dataDir: config.dataDir,
      poolSize: config.poolSize,
      writePoolSize: config.writePoolSize,
      heartbeatTimeoutMs: renewalMs(config.leaseMs),
      onPoolError: (error) => observer.trouble('a database connection broke', error),
    }));
  const { kysely: db } = database;
  if (config.migrate || isEmbedded) await database.migrate();
  else await assertMigrated(db);
  const masterKeys = config.masterKeys ?? (await keptMasterKeys(config.dataDir));
  const token = config.operatorToken === null && isEmbedded ? await keptOperatorToken(config.dataDir) : null;

  const egress = createEgress({
    allowAddresses: config.allowAddresses,
    allowHttpHosts: config.allowHttpHosts,
    ...(overrides.resolve === undefined ? {} : { resolve: overrides.resolve }),
  });
  const upstream = createUpstream({
    egress,
    wheel,
    maxResponseBytes: config.maxResponseBytes,
    connections: config.maxConcurrent,
    ...(overrides.tls === undefined ? {} : { tls: overrides.tls }),
  });
  const checkUrl = (url: string) => egress.checkUrl(url);

  const applications = createApplicationsService({
    db,
    operatorToken: token?.text ?? config.operatorToken,
    masterKeys,
    fetchJson: createFetchJson(upstream, USER_AGENT),
    checkUrl,
    log,
    hearsChanges: () => engine.hearsChanges(),
  });
  const secrets = createClientSecretsService({ db, vault: createVault(masterKeys), checkUrl, log });
  const engine = createEngine({
    database,
    requests: {
      find: (keys) => findRequests(db, keys),
      recent: (applicationId, since) => recentRequests(db, applicationId, since),
    },
    secrets,
    send: createSender({ secrets, upstream, observer, userAgent: USER_AGENT }),
    wheel,
    observer,
    onApplicationChange: (applicationId) => applications.invalidate(applicationId),
    leaseMs: config.leaseMs,
    maxConcurrent: config.maxConcurrent,
  });
  const { lease } = engine;
  const requests = createRequestsService({
    db,
    applications,
    secrets,
    dispatcher: engine.dispatcher,
    bus: engine.bus,
    lease,
    wheel,
    limits: config.submission,
    checkUrl: rememberPassed(checkUrl),
    maxPendingEvents: config.maxPendingEvents,
  });
  const ready = () => lease.held() && !lease.failing;
  const edge = createEdge({
    config: config.edge,
    services: { applications, secrets, requests, rateLimit: createRateLimit(database.pool ?? undefined) },
    report: (error, errorId, requestId) => {
      metrics?.trouble();
      log.error({ err: error, errorId, requestId }, 'unexpected error');
    },
    ready,
    routes: new Map([...clientRoutes({ example: !config.isProduction }), ...(config.console ? consoleRoutes() : [])]),
  });

  const retention = createRetention({
    db,
    retentionMs: config.historyRetentionDays * DAY_MS,
    onRemoved: (what, rows) => metrics?.removed(what, rows),
    onError: (error) => observer.trouble('old rows could not be removed', error),
  });

  if (metrics !== null) {
    registerGauges(metrics.registry, {
      sending: () => engine.dispatcher.sending,
      waiting: () => engine.dispatcher.waiting,
      subscriptions: () => edge.counts().subscriptions,
      sockets: () => edge.counts().sockets,
      ready,
      database: database.stats,
      upkeep: database.upkeep,
      waitingByAge: () => waitingByAge(db),
    });
  }

  // Before anything is sent, or made that is shown once: a process whose port is taken has done nothing. It is not ready yet.
  await listen(edge.server, config.port, config.host, 'PORT');
  const metricsServer =
    metrics === null ? null : await startMetricsServer(metrics.registry, config.host, config.metricsPort ?? 0);
  if (metricsServer !== null) log.info({ metricsUrl: metricsServer.url }, 'metrics are served');
  await token?.save();
  const provisioned = isEmbedded ? await provisionDefault(db) : null;
  await engine.start();
  retention.start();
  // Listening on a port, not on a pipe.
  const { port } = edge.server.address() as AddressInfo;

  async function close(): Promise<void> {
    edge.drain();
    await Promise.all([engine.stop(config.drainMs), within(config.drainMs, retention.stop())]);
    requests.release();
    await edge.close();
    await metricsServer?.close();
    await upstream.close();
    // Each of them would wait for a database that is away.
    const closed = Promise.all([applications.close(), secrets.close()]).then(() => database.close());
    await within(CLOSING_MS, closed);
    wheel.close();
  }

  return {
    url: `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}/graphql`,
    made: {
      clientId: provisioned?.clientId ?? null,
      clientSecret: provisioned?.clientSecret ?? null,
      operatorToken: token?.isNew ? token.text : null,
    },
    close,
  };
}
