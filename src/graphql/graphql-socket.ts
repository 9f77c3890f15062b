import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ExecutionArgs } from 'graphql';
import { CloseCode, handleProtocols, makeServer } from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Caller } from '../applications/caller.ts';
import { fromConnectionParams, readCallerHeaders } from '../applications/caller-headers.ts';
import { callsFrom, originAllowed } from '../applications/origins.ts';
import { KeyholeError } from '../errors.ts';
import { shuttingDown } from './client-errors.ts';
import type { Services } from './context.ts';
import type { EdgeConfig } from './edge-config.ts';
import type { Engine, PreparedOperation } from './engine.ts';
import { type ReportError, toClientError } from './error-mapping.ts';
import { onExpiry } from './expiry.ts';
import { type Listeners, tooManySubscriptions } from './listeners.ts';
import { serverOrigin } from './page-origin.ts';
import { bindSocket, keepAlive } from './socket-binding.ts';

export interface GraphQLSocketOptions {
  config: EdgeConfig;
  services: Services;
  engine: Engine;
  listeners: Listeners;
  report: ReportError;
  /** No operation is taken any more. */
  isDraining: () => boolean;
}

export interface GraphQLSockets {
  /** Takes over a connection that asks to become a WebSocket. */
  upgrade(req: IncomingMessage, socket: Duplex, head: Buffer, requestId: string): void;
  /** Closes every socket with 1001; resolves when their clients have too. They come back, to another instance. */
  close(): Promise<void>;
  /** Ends those whose clients have not closed them. */
  terminate(): void;
  /** Sockets that are open. */
  readonly size: number;
}

interface Subscription {
  /** Gives its place back. */
  release: () => void;
  /** Stops what it listens to. */
  stop: () => void;
}

/** What belongs to one socket. */
interface Connection {
  socket: WebSocket;
  request: IncomingMessage;
  requestId: string;
  /** Once `connection_init` has proved it. */
  caller?: Caller;
  /** By the payload that asked for it: a client may use an ID again before all of the first one's end is dealt with. */
  subscriptions: Map<object, Subscription>;
  /** Looks no longer after whether it still is one. */
  forgetCaller: () => void;
}

/** GraphQL over WebSocket: graphql-transport-ws, as graphql-ws describes it. */
export function createGraphQLSockets(options: GraphQLSocketOptions): GraphQLSockets {
  const { config, services, engine, listeners, report, isDraining } = options;
  const wss = new WebSocketServer({
    noServer: true,
    // Compression would let sizes tell what stands beside a secret, and costs memory for each socket.
    perMessageDeflate: false,
    maxPayload: config.socketMessageBytes,
    handleProtocols,
  });
  const stopPings = keepAlive(wss, config.pingIntervalMs);

  const server = makeServer<Record<string, unknown> | undefined, Connection>({
    connectionInitWaitTimeout: config.initTimeoutMs,
    execute: runPrepared,
    subscribe: runPrepared,

    async onConnect({ extra: connection, connectionParams }) {
      const { socket, request } = connection;
      try {
        const claim = readCallerHeaders(fromConnectionParams(connectionParams));
        const caller = await services.applications.authenticate(claim);
        const { origin } = request.headers;
        const own = serverOrigin(request, config.publicOrigin);
        if (origin !== undefined && !originAllowed(caller, origin, own)) return false;
        // It closed meanwhile: nobody would ever forget the caller.
        if (socket.readyState !== socket.OPEN) return false;
        connection.caller = origin === undefined ? caller : callsFrom(caller, origin, own);
        const cancelExpiry = onExpiry(caller, () => socket.close(CloseCode.Unauthorized, 'Token expired'));
        const unwatch = services.applications.watch(connection.caller, (reason) =>
          socket.close(closeCodeOf(reason), 'Credentials no longer valid'),
        );
        connection.forgetCaller = () => {
          cancelExpiry();
          unwatch();
        };
        return true;
      } catch (error) {
        socket.close(closeCodeOf(error), toClientError(error, report).message.slice(0, MAX_REASON_LENGTH));
        return false;
      }
    },

    async onSubscribe({ extra: connection }, _id, payload) {
      const { caller, requestId, socket } = connection;
      if (isDraining()) return [shuttingDown()];
      // The protocol lets nobody subscribe before connection_ack.
      if (caller === undefined) throw new Error('An operation came before its caller');
      const params = {
        query: payload.query,
        operationName: payload.operationName || null,
        variables: payload.variables ?? {},
      };
      const prepared = await engine.prepare(params, { caller, requestId, services });
      if ('errors' in prepared) {
        // A caller that no longer is one keeps no socket.
        if (prepared.errors.some((error) => error.extensions.code === 'UNAUTHENTICATED')) {
          socket.close(CloseCode.Unauthorized, 'Credentials no longer valid');
        }
        return prepared.errors;
      }
      if (prepared.type !== 'subscription') return prepared;
      const subscription: Subscription = { release: () => {}, stop: () => {} };
      try {
        if (connection.subscriptions.size >= config.subscriptionsPerSocket) {
          throw tooManySubscriptions(`one socket may have ${config.subscriptionsPerSocket}`);
        }
        subscription.release = listeners.take(caller);
      } catch (error) {
        return [toClientError(error, report)];
      }
      connection.subscriptions.set(payload, subscription);
      return { ...prepared, run: () => listen(prepared, subscription) };
    },

    onError: (_context, _id, _payload, errors) => errors.map((error) => toClientError(error, report).toJSON()),

    onComplete({ extra: connection }, _id, payload) {
      connection.subscriptions.get(payload)?.release();
      connection.subscriptions.delete(payload);
    },

    onClose({ extra: connection }) {
      connection.forgetCaller();
      for (const { release, stop } of connection.subscriptions.values()) {
        release();
        stop();
      }
      connection.subscriptions.clear();
    },
  });

  return {
    upgrade(request, stream, head, requestId) {
      wss.handleUpgrade(request, stream, head, (socket) => {
        const connection = { socket, request, requestId, subscriptions: new Map(), forgetCaller: () => {} };
        bindSocket(server, socket, stream, connection, report);
      });
    },
    async close() {
      stopPings();
      const closed = Array.from(wss.clients, (socket) => once(socket, 'close'));
      for (const socket of wss.clients) socket.close(1001, 'Going away');
      wss.close();
      await Promise.all(closed);
    },
    terminate() {
      for (const socket of wss.clients) socket.terminate();
    },
    get size() {
      return wss.clients.size;
    },
  };
}

/** Runs it, and remembers how to stop it: graphql-ws forgets one whose ID was used again. */
async function listen(prepared: PreparedOperation, subscription: Subscription) {
  const results = await prepared.run();
  if (!(Symbol.asyncIterator in results)) return results;
  // Not assigned as it is made: V8 makes such functions in old space, where all that they lead to outlives the subscription.
  const stop = () => void results.return?.();
  subscription.stop = stop;
  return results;
}

// `onSubscribe` returned it, and graphql-ws hands it on as it is.
function runPrepared(args: ExecutionArgs) {
  return (args as PreparedOperation).run();
}

/** A WebSocket's close frame holds 123 bytes of reason. */
const MAX_REASON_LENGTH = 120;

function closeCodeOf(error: unknown): CloseCode {
  if (!(error instanceof KeyholeError)) return CloseCode.InternalServerError;
  if (error.code === 'FORBIDDEN') return CloseCode.Forbidden;
  return error.code === 'UNAUTHENTICATED' ? CloseCode.Unauthorized : CloseCode.BadRequest;
}
