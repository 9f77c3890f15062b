import { once } from 'node:events';
import { WebSocket } from 'ws';

export interface Message {
  id?: string;
  type: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests read whatever was sent
  payload?: any;
}

/** A WebSocket that speaks graphql-transport-ws as the test says, and keeps all that it hears. */
export interface RawSocket {
  /** Every frame, and the reason of its closing, as text. */
  heard(): string;
  send(message: object | string): void;
  subscribe(id: string, query: string, variables?: object): void;
  /** The next message that was not given out yet. */
  next(): Promise<Message>;
  /** The code that it was closed with. */
  closed: Promise<number>;
  /** Whether a frame of the WebSocket protocol asked if it is alive. */
  pings(): number;
  close(): void;
}

/** Opens one; with `payload` says `connection_init`, whose answer is the first message. */
export async function openSocket(
  url: string,
  payload?: unknown,
  { origin, autoPong = true }: { origin?: string; autoPong?: boolean } = {},
): Promise<RawSocket> {
  const socket = new WebSocket(url.replace(/^http/, 'ws'), 'graphql-transport-ws', {
    autoPong,
    ...(origin === undefined ? {} : { origin }),
  });
  const frames: string[] = [];
  const unread: Message[] = [];
  const readers: ((message: Message) => void)[] = [];
  let pings = 0;
  socket.on('ping', () => pings++);
  socket.on('error', () => {});
  socket.on('message', (data) => {
    frames.push(String(data));
    const message = JSON.parse(String(data)) as Message; // the protocol's
    const reader = readers.shift();
    if (reader === undefined) unread.push(message);
    else reader(message);
  });
  const closed = new Promise<number>((resolve) => {
    socket.once('close', (code, reason) => {
      frames.push(String(reason));
      resolve(code);
    });
  });
  await once(socket, 'open');

  function send(message: object | string): void {
    socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }
  if (payload !== undefined) send({ type: 'connection_init', payload });
  return {
    heard: () => frames.join('\n'),
    send,
    subscribe: (id, query, variables = {}) => send({ id, type: 'subscribe', payload: { query, variables } }),
    next: () => {
      const message = unread.shift();
      return message === undefined ? new Promise((resolve) => readers.push(resolve)) : Promise.resolve(message);
    },
    closed,
    pings: () => pings,
    close: () => socket.terminate(),
  };
}

/** The same, once the server has acknowledged it. */
export async function connectSocket(url: string, payload: unknown): Promise<RawSocket> {
  const socket = await openSocket(url, payload);
  const { type } = await socket.next();
  if (type !== 'connection_ack') throw new Error(`Not acknowledged: ${socket.heard()}`);
  return socket;
}
