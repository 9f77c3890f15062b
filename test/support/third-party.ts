import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as it arrived, to the byte. */
export interface ReceivedRequest {
  method: string;
  /** Path and query as they stood in the request line. */
  url: string;
  /** Names and values in turn, as sent. */
  rawHeaders: string[];
  headers: IncomingHttpHeaders;
  body: Buffer;
  /** Milliseconds (`performance.now()`) when its head arrived, and when its answer was sent or its connection closed. */
  arrivedAt: number;
  endedAt: number | null;
  /** How many others were under way when its head arrived. */
  overlapping: number;
}

/** `cut`: the connection is closed without an answer. */
export type Answer = 'cut' | { status?: number; headers?: Record<string, string | string[]>; body?: unknown };

/** Strings and buffers are sent as they are, anything else as JSON. May take as long as the test wants. */
export type Responder = (request: ReceivedRequest) => Answer | Promise<Answer>;

export interface ThirdParty {
  /** `http://127.0.0.1:PORT` */
  origin: string;
  port: number;
  /** How many connections were made to it, whatever came over them. */
  readonly connections: number;
  /** In the order of arrival. A test may empty it. */
  requests: ReceivedRequest[];
  /** Answers requests from now on; before the first call each gets `{"ok":true}`. */
  answerWith(responder: Responder): void;
  /** Until it holds that many requests, bodies included. */
  received(count: number): Promise<ReceivedRequest[]>;
  /** Holds each request that arrives from now on until it is let go. */
  hold(): Held;
  close(): Promise<void>;
}

export interface Held {
  /** Answers the oldest that is held, waiting for one to arrive. */
  letOneGo(answer?: Answer): Promise<ReceivedRequest>;
  /** Answers all that are held or will come. */
  letAllGo(answer?: Answer): void;
}

const OK: Answer = { body: { ok: true } };

/** Sends the request back: method, url, headers and body (UTF-8). */
export function echo({ method, url, headers, body }: ReceivedRequest): Answer {
  return { body: { method, url, headers, body: body.toString() } };
}

/** A third party on loopback that does what the test says and remembers what it got. */
export async function startThirdParty(): Promise<ThirdParty> {
  const requests: ReceivedRequest[] = [];
  const waiting = new Set<{ count: number; resolve(all: ReceivedRequest[]): void }>();
  let respond: Responder = () => OK;
  const complete = new Set<ReceivedRequest>();
  let connections = 0;

  function countComplete(): number {
    return requests.filter((request) => complete.has(request)).length;
  }

  const server = createServer((message, response) => {
    void serve(message, response).catch(() => response.destroy());
  });

  async function serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = record(message, requests);
    requests.push(request);
    response.once('close', () => {
      request.endedAt ??= performance.now();
    });
    request.body = Buffer.concat(await message.toArray());
    complete.add(request);
    for (const waiter of waiting) {
      if (countComplete() < waiter.count) continue;
      waiting.delete(waiter);
      waiter.resolve(requests);
    }
    const answer = await respond(request);
    request.endedAt = performance.now();
    send(response, answer);
  }

  server.on('connection', () => connections++);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // listening on a port, not on a path

  return {
    origin: `http://127.0.0.1:${port}`,
    port,
    get connections() {
      return connections;
    },
    requests,
    answerWith(responder) {
      respond = responder;
    },
    received(count) {
      if (countComplete() >= count) return Promise.resolve(requests);
      return new Promise((resolve) => waiting.add({ count, resolve }));
    },
    hold() {
      const held = holdRequests();
      respond = held.responder;
      return held;
    },
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function record(message: IncomingMessage, earlier: readonly ReceivedRequest[]): ReceivedRequest {
  return {
    method: message.method ?? '',
    url: message.url ?? '',
    rawHeaders: message.rawHeaders,
    headers: message.headers,
    body: Buffer.alloc(0),
    arrivedAt: performance.now(),
    endedAt: null,
    overlapping: earlier.filter((request) => request.endedAt === null).length,
  };
}

function send(response: ServerResponse, answer: Answer): void {
  if (answer === 'cut') {
    response.destroy();
    return;
  }
  const { status = 200, headers = {}, body } = answer;
  const raw = typeof body === 'string' || Buffer.isBuffer(body);
  const type: Record<string, string> = raw || body === undefined ? {} : { 'content-type': 'application/json' };
  response.writeHead(status, { ...type, ...headers });
  response.end(raw || body === undefined ? body : JSON.stringify(body));
}

function holdRequests(): Held & { responder: Responder } {
  const held: { request: ReceivedRequest; answer(answer: Answer): void }[] = [];
  const wanted: (() => void)[] = [];
  let open: Answer | undefined;
  return {
    responder(request) {
      if (open !== undefined) return open;
      return new Promise((resolve) => {
        held.push({ request, answer: resolve });
        wanted.shift()?.();
      });
    },
    async letOneGo(answer = OK) {
      if (held.length === 0) await new Promise<void>((resolve) => wanted.push(resolve));
      const oldest = held.shift();
      if (oldest === undefined) throw new Error('Two waited for one request');
      oldest.answer(answer);
      return oldest.request;
    },
    letAllGo(answer = OK) {
      open = answer;
      for (const { answer: give } of held.splice(0)) give(answer);
    },
  };
}
