import { connect, type Socket } from 'node:net';

/** A connection that sends the bytes which the test says, and keeps all that it hears. */
export interface RawHttp {
  socket: Socket;
  send(bytes: string | Buffer): void;
  heard(): string;
  /** The status of each answer so far. */
  statuses(): number[];
  /** What it has heard, once that holds `text`, or so many times. Fails when the connection ends before. */
  until(text: string, times?: number): Promise<string>;
  /** Resolves, with all that it heard, when the server has ended the connection; `null` before it where it was cut. */
  ended: Promise<string | null>;
}

/** Connects to where `url` is served. With `allowHalfOpen` it does not end its side when the server does. */
export function connectRaw(url: string, { allowHalfOpen = false } = {}): RawHttp {
  const { hostname, port } = new URL(url);
  const socket = connect({ port: Number(port), host: hostname, allowHalfOpen });
  let text = '';
  let cut = false;
  socket.on('error', () => {
    cut = true;
  });
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
  });
  const ended = new Promise<string | null>((resolve) => {
    socket.once('close', () => resolve(cut ? null : text));
  });
  return {
    socket,
    send: (bytes) => void socket.write(bytes),
    heard: () => text,
    statuses: () => [...text.matchAll(/HTTP\/1\.1 ([2-5]\d\d)/g)].map(([, status]) => Number(status)),
    async until(wanted, times = 1) {
      const enough = () => text.split(wanted).length > times;
      while (!enough()) {
        if (socket.destroyed) throw new Error(`It ended before, with ${JSON.stringify(text)}`);
        await new Promise<void>((resolve) => {
          const settle = () => {
            socket.removeListener('data', settle);
            socket.removeListener('close', settle);
            resolve();
          };
          socket.once('data', settle);
          socket.once('close', settle);
        });
      }
      return text;
    },
    ended,
  };
}

/** The bytes of a request; headers as they are given, and `Host`. */
export function requestBytes(line: string, headers: Record<string, string>, body = ''): string {
  const lines = Object.entries({ Host: 'keyhole.test', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${line} HTTP/1.1\r\n${lines.join('')}\r\n${body}`;
}
