import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ExecutionResult } from 'graphql';
import type { Caller } from '../applications/caller.ts';
import { readCallerHeaders } from '../applications/caller-headers.ts';
import { callsFrom, normalizeOrigin } from '../applications/origins.ts';
import { unauthenticated } from '../applications/refusals.ts';
import { refusesMethod } from './client-errors.ts';
import type { Services } from './context.ts';
import type { EdgeConfig } from './edge-config.ts';
import type { Engine } from './engine.ts';
import { type ReportError, toClientError } from './error-mapping.ts';
import { type EventStream, streamEvents } from './event-stream.ts';
import { onExpiry } from './expiry.ts';
import { HttpRefusal } from './http-refusal.ts';
import { readParams } from './http-request.ts';
import { sendResult, sendThrown } from './http-response.ts';
import type { Listeners } from './listeners.ts';
import { readAccept } from './media-types.ts';
import { grantAnyPage, grantOrigin, grantPreflight, namesNobody, serverOrigin } from './page-origin.ts';

export interface GraphQLHttpOptions {
  config: EdgeConfig;
  services: Services;
  engine: Engine;
  listeners: Listeners;
  report: ReportError;
}

export interface GraphQLHttp {
  /** Answers one request to `/graphql`, a page of GraphiQL aside. Never rejects. */
  handle(req: IncomingMessage, res: ServerResponse, requestId: string): Promise<void>;
  /** Ends the streams that are open. Their clients come back, to another instance. */
  endStreams(): void;
}

const AUTHORIZATION = 'authorization';

/** GraphQL over HTTP (the GraphQL foundation's draft) and over SSE (graphql-sse's distinct connections mode). */
export function createGraphQLHttp({ config, services, engine, listeners, report }: GraphQLHttpOptions): GraphQLHttp {
  const streams = new Set<EventStream>();

  async function handle(req: IncomingMessage, res: ServerResponse, requestId: string): Promise<void> {
    try {
      res.setHeader('Vary', 'Origin');
      if (req.method === 'OPTIONS') return await answerPreflight(req, res);
      const caller = await admit(req, res);
      const { json, stream } = readAccept(req.headers.accept);
      if (json === null && !stream) throw new HttpRefusal(406, 'Accept application/json, or text/event-stream.');
      const params = await readParams(req, config.bodyBytes);
      const context = { caller, requestId, services };
      const prepared = await engine.prepare(params, context, { readOnly: req.method === 'GET' });
      if ('errors' in prepared) return answer(req, res, prepared);
      if (prepared.type !== 'subscription') {
        const result = await prepared.run();
        return answer(req, res, result);
      }
      if (!stream) throw new HttpRefusal(406, 'Accept text/event-stream for a subscription.');
      await subscribe(res, caller, prepared.run);
    } catch (error) {
      sendThrown(req, res, error, (thrown, errorId) => report(thrown, errorId, requestId));
    }
  }

  /** Who calls, when a page of this origin may. Nothing has been read of the body yet, and nothing is done. */
  async function admit(req: IncomingMessage, res: ServerResponse): Promise<Caller> {
    const { origin } = req.headers;
    const own = serverOrigin(req, config.publicOrigin);
    try {
      if (repeatsAuthorization(req.rawHeaders)) throw unauthenticated('Authorization came more than once');
      const caller = await services.applications.authenticate(readCallerHeaders((name) => header(req, name)));
      if (origin === undefined) return caller;
      const fromPage = callsFrom(caller, origin, own);
      grantOrigin(res, origin);
      return fromPage;
    } catch (error) {
      if (origin !== undefined) await grantRefusal(req, res, origin, own);
      throw error;
    }
  }

  /**
   * The page of an application may read why it was refused. Of a request that names nobody any page may: its answer holds nothing, and a page
   * whose preflight failed learns by it whether the database is away, or else nobody lists its origin, which may not see the request's ID.
   */
  async function grantRefusal(req: IncomingMessage, res: ServerResponse, origin: string, own: string): Promise<void> {
    // Before the origin is looked up: that fails while the database is away.
    if (namesNobody(req)) grantAnyPage(res);
    await grantIfListed(res, origin, own);
  }

  async function answerPreflight(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const { origin } = req.headers;
    if (origin !== undefined && (await grantIfListed(res, origin, serverOrigin(req, config.publicOrigin)))) {
      grantPreflight(res);
    }
    res.writeHead(204).end();
  }

  async function grantIfListed(res: ServerResponse, origin: string, own: string): Promise<boolean> {
    const granted =
      origin === own ||
      (normalizeOrigin(origin) === origin && (await services.applications.originListedAnywhere(origin)));
    if (granted) grantOrigin(res, origin);
    return granted;
  }

  /** A result that is whole: as JSON, or as a stream of one for a client that takes nothing else. */
  function answer(
    req: IncomingMessage,
    res: ServerResponse,
    result: ExecutionResult | AsyncIterableIterator<ExecutionResult>,
  ): void {
    if (Symbol.asyncIterator in result) return void stream(res, result);
    if (readAccept(req.headers.accept).json === null && !refusesMethod(result)) return void stream(res, once(result));
    sendResult(req, res, result);
  }

  async function subscribe(
    res: ServerResponse,
    caller: Caller,
    run: () => Promise<ExecutionResult | AsyncIterableIterator<ExecutionResult>>,
  ): Promise<void> {
    let release: () => void;
    try {
      release = listeners.take(caller);
    } catch (error) {
      return void stream(res, once(toResult(error)));
    }
    let cancelExpiry = () => {};
    let unwatch = () => {};
    try {
      const results = await run();
      const events = stream(res, Symbol.asyncIterator in results ? results : once(results));
      cancelExpiry = onExpiry(caller, events.abort);
      unwatch = services.applications.watch(caller, events.abort);
      await events.over;
    } finally {
      cancelExpiry();
      unwatch();
      release();
    }
  }

  function toResult(error: unknown): ExecutionResult {
    return { errors: [toClientError(error, report)] };
  }

  function stream(res: ServerResponse, results: AsyncIterable<ExecutionResult>): EventStream {
    const events = streamEvents(res, results, { pingIntervalMs: config.pingIntervalMs, toResult });
    streams.add(events);
    events.over.then(() => streams.delete(events));
    return events;
  }

  return {
    handle,
    endStreams() {
      for (const events of streams) events.abort();
    },
  };
}

async function* once<T>(value: T): AsyncGenerator<T> {
  yield value;
}

/** Node keeps the first, and drops the others without a word. Of other headers it joins what is repeated, and that is no credential. */
function repeatsAuthorization(rawHeaders: readonly string[]): boolean {
  let times = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at];
    if (name?.length === AUTHORIZATION.length && name.toLowerCase() === AUTHORIZATION) times++;
  }
  return times > 1;
}

function header(req: IncomingMessage, name: string): string | undefined {
  const value = req.headers[name.toLowerCase()];
  return Array.isArray(value) ? value.join(', ') : value;
}
