import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { type ClientOptions, createClient, type KeyholeClient } from '../../../src/client/index.ts';
import type { RequestState } from '../../../src/client/request-item.ts';

/** One call of the library, and the ways to answer it. */
export interface Call {
  query: string;
  variables: { id: string; ids: string[]; input: Record<string, unknown>; first: number; after: string | null };
  headers: IncomingMessage['headers'];
  /** Name of the operation's field, such as `clientSecretRequest`. */
  field: string;
  data(data: object): void;
  error(code: string, extensions?: object): void;
  status(code: number, body?: string): void;
  /** Closes the connection without an answer. */
  hangUp(): void;
  /** Begins an event stream. */
  stream(): Stream;
  /** Begins an event stream of which the headers alone come through. */
  holdStream(): void;
}

export interface Stream {
  next(request: RequestState): void;
  error(code: string): void;
  complete(): void;
  /** Ends it as a server does that stops. */
  break(): void;
  closed: Promise<void>;
}

export type Script = (call: Call, calls: Call[]) => void;

/** A GraphQL endpoint on loopback that does what the test says, and a client of it. */
export async function scripted(
  script: Script,
  options: Partial<ClientOptions> = {},
): Promise<{ keyhole: KeyholeClient; calls: Call[]; fields: () => string[] }> {
  const calls: Call[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const call = toCall(request, response, JSON.parse(body));
    calls.push(call);
    script(call, calls);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const keyhole = createClient({ clientId: 'page', url: `http://127.0.0.1:${port}/graphql`, ...options });
  return { keyhole, calls, fields: () => calls.map(({ field }) => field) };
}

export function state(changes: Partial<RequestState> = {}): RequestState {
  return {
    id: 'r1',
    status: 'PENDING',
    statusCode: null,
    responseHeaders: null,
    responseBody: null,
    responseBase64: null,
    requestBody: { a: 1 },
    error: null,
    createdAt: '2026-01-01T00:00:00.000Z',
    updatedAt: changes.status && changes.status !== 'PENDING' ? '2026-01-01T00:00:02.000Z' : '2026-01-01T00:00:00.000Z',
    expiresAt: '2026-01-01T00:15:00.000Z',
    queue: null,
    ...changes,
  };
}

export function resolved(body: unknown, changes: Partial<RequestState> = {}): RequestState {
  return state({ status: 'RESOLVED', statusCode: 200, responseBody: body, ...changes });
}

export interface Deferred<T> {
  promise: Promise<T>;
  resolve(value: T): void;
}

export function deferred<T>(): Deferred<T> {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

export const submission = {
  clientSecretName: 'openai',
  url: 'https://api.test/v1/images',
  method: 'POST',
  headers: { Authorization: 'Bearer $CLIENT_SECRET' },
  data: { prompt: 'otter' },
} as const;

function toCall(
  request: IncomingMessage,
  response: ServerResponse,
  { query, variables }: Pick<Call, 'query' | 'variables'>,
): Call {
  const send = (status: number, type: string, body: string) =>
    response.writeHead(status, { 'Content-Type': type }).end(body);
  return {
    query,
    variables,
    headers: request.headers,
    field: /{\s*(?:\w+:\s*)?(\w+)/.exec(query)?.[1] ?? '',
    data: (data) => send(200, 'application/json', JSON.stringify({ data })),
    error: (code, extensions = {}) => {
      const errors = [{ message: `said ${code}`, extensions: { code, ...extensions } }];
      send(200, 'application/json', JSON.stringify({ errors }));
    },
    status: (code, body = '') => send(code, 'text/html', body),
    hangUp: () => request.socket.destroy(),
    holdStream: () => response.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders(),
    stream() {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' }).write(': welcome\n\n');
      const write = (result: object) => response.write(`event: next\ndata: ${JSON.stringify(result)}\n\n`);
      return {
        next: (state) => write({ data: { request: state } }),
        error: (code) => write({ errors: [{ message: `said ${code}`, extensions: { code } }] }),
        complete: () => response.end('event: complete\ndata:\n\n'),
        break: () => response.destroy(),
        closed: new Promise((resolve) => response.on('close', resolve)),
      };
    },
  };
}
