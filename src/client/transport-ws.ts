import type { Endpoint, Operation } from './endpoint.ts';
import { fromGraphQL, type GraphQLError, KeyholeError, networkError } from './errors.ts';
import type { Sink, SubscriptionData, Transport } from './transport.ts';

/** Milliseconds. A connection that said nothing for two such periods is taken for dead. */
const PING_EVERY = 20_000;
/** Milliseconds within which the server must have welcomed the connection. */
const WELCOME_WITHIN = 10_000;
/** Milliseconds after which a subscription is taken to stand: the protocol does not acknowledge it. */
const STANDS_AFTER = 1_000;

interface Subscriber {
  next(data: SubscriptionData): void;
  /** Over, with an error or without. */
  end(error?: unknown): void;
}

/** What the server sends, as far as the library listens to it. */
type Message =
  | { type: 'connection_ack' | 'ping' | 'pong' }
  | { type: 'next'; id: string; payload: { data: SubscriptionData; errors?: GraphQLError[] } }
  | { type: 'error'; id: string; payload: GraphQLError[] }
  | { type: 'complete'; id: string };

interface Connected {
  run(operation: Operation, sink: Sink, signal: AbortSignal): Promise<void>;
}

/** Subscriptions by WebSocket, all over one connection (subprotocol `graphql-transport-ws`); it is closed when the last one ends. */
export function createWsTransport(endpoint: Endpoint, WebSocket: typeof globalThis.WebSocket): Transport {
  let current: Promise<Connected> | undefined;

  function connected(): Promise<Connected> {
    const mine = endpoint.credentials().then((payload) => {
      const socket = new WebSocket(endpoint.url.replace(/^http/, 'ws'), 'graphql-transport-ws');
      return converse(socket, payload, forget);
    });
    const forget = () => {
      if (current === mine) current = undefined;
    };
    mine.catch(forget);
    return mine;
  }

  return {
    // Half of what the server allows for each socket.
    streams: 50,
    async subscribe(operation, sink, signal) {
      current ??= connected();
      const { run } = await current;
      await run(operation, sink, signal);
    },
  };
}

/** Resolves when the server welcomes the connection. `forget` is called as soon as no further subscription may use it. */
function converse(socket: WebSocket, payload: object, forget: () => void): Promise<Connected> {
  const subscribers = new Map<string, Subscriber>();
  let lastId = 0;
  let welcome = false;
  let alive = true;
  const pinger = setInterval(() => {
    if (!alive) return close();
    alive = false;
    send({ type: 'ping' });
  }, PING_EVERY);
  const impatience = setTimeout(() => !welcome && close(), WELCOME_WITHIN);

  function send(message: object): void {
    if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(message));
  }

  function close(): void {
    forget();
    socket.close();
  }

  function run(operation: Operation, sink: Sink, signal: AbortSignal): Promise<void> {
    const id = String(++lastId);
    return new Promise((resolve, reject) => {
      const standing = setTimeout(() => {
        // The server's welcome came through on this connection.
        sink.alive();
        sink.opened();
      }, STANDS_AFTER);
      const end = (error?: unknown) => {
        clearTimeout(standing);
        signal.removeEventListener('abort', stop);
        subscribers.delete(id);
        if (subscribers.size === 0) close();
        if (error) reject(error);
        else resolve();
      };
      const stop = () => {
        send({ id, type: 'complete' });
        end();
      };
      subscribers.set(id, { next: sink.next, end });
      signal.addEventListener('abort', stop);
      if (signal.aborted) return stop();
      send({ id, type: 'subscribe', payload: operation });
    });
  }

  function hear(message: Message): void {
    alive = true;
    if (message.type === 'ping') send({ type: 'pong' });
    if (!('id' in message)) return;
    const subscriber = subscribers.get(message.id);
    if (message.type === 'complete') subscriber?.end();
    else if (message.type === 'error') subscriber?.end(fromGraphQL(message.payload[0]));
    else if (message.payload.errors?.length) subscriber?.end(fromGraphQL(message.payload.errors[0]));
    else subscriber?.next(message.payload.data);
  }

  return new Promise((resolve, reject) => {
    socket.onopen = () => send({ type: 'connection_init', payload });
    socket.onmessage = ({ data }) => {
      const message: Message = JSON.parse(data);
      if (message.type === 'connection_ack') {
        welcome = true;
        resolve({ run });
      } else {
        hear(message);
      }
    };
    // It closes too, and that tells all; but the `ws` package ends the process over an error that nobody listens to.
    socket.onerror = () => {};
    socket.onclose = ({ code }) => {
      clearInterval(pinger);
      clearTimeout(impatience);
      forget();
      const error = closeError(code, welcome);
      reject(error);
      for (const subscriber of [...subscribers.values()]) subscriber.end(error);
    };
  });
}

/** A socket that was welcome and is closed with 4401 had a token that expired: connecting anew asks for another. */
function closeError(code: number, wasWelcome: boolean): KeyholeError {
  if (code === 4401 && !wasWelcome) return new KeyholeError('UNAUTHENTICATED', 'The server does not know this caller');
  if (code === 4403) return new KeyholeError('FORBIDDEN', 'The server does not let pages of this origin connect');
  return networkError(`The WebSocket closed (${code})`);
}
