import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { newId } from '../ids.ts';
import { within } from '../within.ts';
import { shuttingDown } from './client-errors.ts';
import type { Services } from './context.ts';
import type { EdgeConfig } from './edge-config.ts';
import { createEngine } from './engine.ts';
import type { ReportError } from './error-mapping.ts';
import { sendGraphiQL } from './graphiql.ts';
import { createGraphQLHttp } from './graphql-http.ts';
import { createGraphQLSockets } from './graphql-socket.ts';
import { sendThrown } from './http-response.ts';
import { asksForWebSocket, ignoreUpgrade } from './ignored-upgrade.ts';
import { endAnswer } from './last-answer.ts';
import { createListeners } from './listeners.ts';
import { readAccept } from './media-types.ts';
import { toOriginForm } from './request-target.ts';
import { schema } from './schema.ts';

export type RouteHandler = (req: IncomingMessage, res: ServerResponse) => void;

export interface EdgeOptions {
  config: EdgeConfig;
  services: Services;
  /** What the log should have of an unexpected error. */
  report: ReportError;
  /** Whether requests can be taken now. */
  ready: () => boolean;
  /** What else is served by GET, by path: pages and scripts. */
  routes?: ReadonlyMap<string, RouteHandler>;
}

export interface Edge {
  /** Not yet listening. */
  server: Server;
  /** From now on nothing new is taken: 503. What is under way may finish, and who listens already hears how that ends. */
  drain(): void;
  /** Open subscriptions of all callers, and open WebSockets. */
  counts(): { subscriptions: number; sockets: number };
  /** Drains, ends streams and sockets, whose clients come back to another instance, and every connection that is left. */
  close(): Promise<void>;
}

const GRAPHQL_PATH = '/graphql';
/** Longer than proxies keep idle connections, so that they are the ones to close them. */
const KEEP_ALIVE_MS = 65_000;
const LAST_ANSWERS_MS = 1_000;
const SWEEP_MS = 20;
const QUERY_PARAMETER = /[?&]query=/;
const REQUEST_ID = /^[A-Za-z0-9._:-]{1,128}$/;

/** The one HTTP server of the process: GraphQL over HTTP, SSE and WebSocket on one path, GraphiQL, health and pages. */
export function createEdge({ config, services, report, ready, routes }: EdgeOptions): Edge {
  const { limits, introspection } = config;
  const engine = createEngine({ schema, limits, introspection, report });
  const listeners = createListeners(config.subscriptionsPerCaller);
  const graphql = createGraphQLHttp({ config, services, engine, listeners, report });
  const sockets = createGraphQLSockets({ config, services, engine, listeners, report, isDraining: () => draining });
  const pages = new Map(routes);
  pages.set('/health', (req, res) => sendText(req, res, 200, 'ok'));
  pages.set('/ready', (req, res) =>
    ready() && !draining ? sendText(req, res, 200, 'ok') : sendText(req, res, 503, 'not ready'),
  );
  let draining = false;

  const server = createServer(
    { keepAliveTimeout: KEEP_ALIVE_MS, headersTimeout: KEEP_ALIVE_MS + 1_000 },
    (req, res) => {
      toOriginForm(req);
      const requestId = requestIdOf(req);
      res.setHeader('X-Request-Id', requestId);
      const path = pathOf(req);
      if (path !== GRAPHQL_PATH) return servePage(path, req, res);
      if (draining) return sendThrown(req, res, shuttingDown(), report);
      if (config.graphiql && wantsGraphiQL(req)) return sendGraphiQL(req, res);
      void graphql.handle(req, res, requestId);
    },
  );

  server.on('upgrade', (req: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (!asksForWebSocket(req)) return ignoreUpgrade(server, req, head);
    toOriginForm(req);
    socket.on('error', () => socket.destroy());
    if (pathOf(req) !== GRAPHQL_PATH) return refuseUpgrade(socket, '404 Not Found');
    if (draining) return refuseUpgrade(socket, '503 Service Unavailable');
    sockets.upgrade(req, socket, head, requestIdOf(req));
  });

  function servePage(path: string, req: IncomingMessage, res: ServerResponse): void {
    const page = pages.get(path);
    if (page === undefined) {
      sendText(req, res, 404, 'Not found');
    } else if (req.method !== 'GET' && req.method !== 'HEAD') {
      res.setHeader('Allow', 'GET, HEAD');
      sendText(req, res, 405, 'Method not allowed');
    } else {
      page(req, res);
    }
  }

  return {
    server,
    drain() {
      draining = true;
    },
    counts: () => ({ subscriptions: listeners.size, sockets: sockets.size }),
    async close() {
      draining = true;
      graphql.endStreams();
      await within(LAST_ANSWERS_MS, sockets.close());
      sockets.terminate();
      await closeServer(server);
    },
  };
}

/** Answers that are being written get a moment; connections that are kept alive without one do not. */
async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  const sweeping = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
  await within(LAST_ANSWERS_MS, closed);
  clearInterval(sweeping);
  server.closeAllConnections();
  await closed;
}

function wantsGraphiQL(req: IncomingMessage): boolean {
  return req.method === 'GET' && readAccept(req.headers.accept).html && !QUERY_PARAMETER.test(req.url ?? '');
}

/** The client's own, where it is fit for a log. */
function requestIdOf(req: IncomingMessage): string {
  const given = req.headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : newId();
}

function pathOf(req: IncomingMessage): string {
  const url = req.url ?? '/';
  const query = url.indexOf('?');
  return query === -1 ? url : url.slice(0, query);
}

function sendText(req: IncomingMessage, res: ServerResponse, status: number, text: string): void {
  res.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' });
  endAnswer(req, res, `${text}\n`);
}

function refuseUpgrade(socket: Duplex, status: string): void {
  // Nobody looks after it any more: a client that kept its end open would keep it, and the server could not end.
  socket.once('finish', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
