import { createClient, MessageType } from 'graphql-ws';
import { afterEach, describe, expect, test, vi } from 'vitest';
import WebSocket from 'ws';
import { KeyholeError } from '../../../src/errors.ts';
import { encodeGlobalId } from '../../../src/graphql/global-id.ts';
import { newId } from '../../../src/ids.ts';
import type { RequestRecord } from '../../../src/requests/request.ts';
import { as, type FakeEdge, handFed, requestRecord, startEdge } from './fake-edge.ts';

let edge: FakeEdge;
afterEach(() => edge.close());

const ID = encodeGlobalId('ClientSecretRequest', newId());
const LISTEN = `subscription { clientSecretRequestUpdated(id: "${ID}") { status } }`;

/** A socket with the raw protocol, for what a well-behaved client does not do. */
class RawSocket {
  readonly socket: WebSocket;
  readonly closed: Promise<{ code: number; reason: string }>;
  private readonly messages: unknown[] = [];
  private readonly readers: ((message: unknown) => void)[] = [];

  constructor(origin?: string, protocol = 'graphql-transport-ws') {
    this.socket = new WebSocket(edge.url.replace('http', 'ws'), protocol, origin === undefined ? {} : { origin });
    this.closed = new Promise((resolve) =>
      this.socket.once('close', (code, reason) => resolve({ code, reason: String(reason) })),
    );
    this.socket.on('error', () => {});
    this.socket.on('message', (data) => {
      const message: unknown = JSON.parse(String(data));
      const reader = this.readers.shift();
      if (reader === undefined) this.messages.push(message);
      else reader(message);
    });
  }

  async open(): Promise<this> {
    if (this.socket.readyState !== this.socket.OPEN) await new Promise((resolve) => this.socket.once('open', resolve));
    return this;
  }

  async init(payload: unknown): Promise<this> {
    await this.open();
    this.send({ type: MessageType.ConnectionInit, payload });
    return this;
  }

  send(message: unknown): void {
    this.socket.send(JSON.stringify(message));
  }

  subscribe(id: string, query: string, variables?: Record<string, unknown>): void {
    this.send({ id, type: MessageType.Subscribe, payload: { query, variables } });
  }

  // biome-ignore lint/suspicious/noExplicitAny: whatever the server sent
  async next(): Promise<any> {
    return this.messages.shift() ?? new Promise((resolve) => this.readers.push(resolve));
  }
}

async function connected(payload: unknown = as.application): Promise<RawSocket> {
  const socket = await new RawSocket().init(payload);
  expect(await socket.next()).toEqual({ type: 'connection_ack' });
  return socket;
}

describe('connection_init', () => {
  test('names the caller as headers do, without regard to case', async () => {
    edge = await startEdge();
    const socket = await connected({ 'x-client-ID': 'app', AUTHORIZATION: 'Bearer user' });
    socket.subscribe('1', '{ viewer { kind username } }');
    expect(await socket.next()).toEqual({
      id: '1',
      type: 'next',
      payload: { data: { viewer: { kind: 'USER', username: 'ada' } } },
    });
    expect(await socket.next()).toEqual({ id: '1', type: 'complete' });
  });

  test.each([[undefined], [{}], [{ 'X-Client-Id': 'no' }], [{ ...as.application, 'X-Client-Secret': 'wrong' }]])(
    'with %o closes with 4401',
    async (payload) => {
      edge = await startEdge();
      const { code } = await (await new RawSocket().init(payload)).closed;
      expect(code).toBe(4401);
    },
  );

  test('that does not come in time closes with 4408', async () => {
    edge = await startEdge({}, { initTimeoutMs: 20 });
    expect((await new RawSocket().closed).code).toBe(4408);
  });

  test('from the page of another origin closes with 4403, from a listed one not', async () => {
    edge = await startEdge();
    const other = await new RawSocket('https://other.test').init(as.application);
    expect((await other.closed).code).toBe(4403);
    const listed = await new RawSocket('https://page.test').init(as.application);
    expect(await listed.next()).toEqual({ type: 'connection_ack' });
    const operator = await new RawSocket('https://page.test').init(as.operator);
    expect((await operator.closed).code).toBe(4403);
  });

  test('whose error was unexpected closes without its text', async () => {
    edge = await startEdge({ applications: { authenticate: async () => Promise.reject(new Error('canary')) } });
    const { code, reason } = await (await new RawSocket().init(as.application)).closed;
    expect(code).toBe(4500);
    expect(reason).not.toContain('canary');
  });

  test('must come in the protocol of graphql-transport-ws', async () => {
    edge = await startEdge();
    expect((await new RawSocket(undefined, 'graphql-ws').closed).code).not.toBe(1000);
  });
});

describe('an operation over a socket', () => {
  test.each([
    ['GRAPHQL_PARSE_FAILED', '{'],
    ['GRAPHQL_VALIDATION_FAILED', '{ nothing }'],
    ['QUERY_TOO_COMPLEX', `{ ${'a: __typename '.repeat(21)} }`],
    ['OPERATION_RESOLUTION_FAILURE', 'query A { viewer { kind } } query B { viewer { kind } }'],
    ['BAD_USER_INPUT', 'query ($id: ID!) { clientSecretRequest(id: $id) { id } }'],
  ])('that is refused with %s leaves the socket open', async (code, query) => {
    edge = await startEdge();
    const socket = await connected();
    socket.subscribe('1', query);
    const refusal = await socket.next();
    expect([refusal.type, refusal.payload[0].extensions]).toEqual(['error', { code }]);
    socket.subscribe('2', '{ viewer { kind } }');
    expect((await socket.next()).payload).toEqual({ data: { viewer: { kind: 'APPLICATION' } } });
  });

  test('shows nothing of an unexpected error, at its start or later', async () => {
    const events = handFed<RequestRecord>();
    const broken = {
      ...events,
      next: async () => Promise.reject(new Error('canary')),
      [Symbol.asyncIterator]: () => broken,
    };
    edge = await startEdge({
      secrets: { findByName: async () => Promise.reject(new Error('canary')) },
      requests: { historyUpdates: async () => Promise.reject(new Error('canary')), updates: async () => broken },
    });
    const socket = await connected();
    const queries = [
      '{ clientSecret(name: "a") { id } }',
      'subscription { clientSecretRequestHistoryUpdated { id } }',
      LISTEN,
    ];
    for (const [index, query] of queries.entries()) {
      socket.subscribe(String(index), query);
      const { type, payload } = await socket.next();
      expect(JSON.stringify(payload)).not.toContain('canary');
      const [error] = type === 'error' ? payload : payload.errors;
      expect(error.extensions).toEqual({ code: 'INTERNAL', errorId: expect.any(String) });
      if (type === 'next') expect(await socket.next()).toEqual({ id: String(index), type: 'complete' });
    }
    expect(edge.reported).toHaveLength(3);
  });

  test('of a caller that no longer is one closes the socket with 4401', async () => {
    const refused = new KeyholeError('UNAUTHENTICATED', 'Client ID not registered or client secret wrong');
    edge = await startEdge({ applications: { confirm: async () => Promise.reject(refused) } });
    const socket = await connected();
    socket.subscribe('1', '{ viewer { kind } }');
    expect((await socket.closed).code).toBe(4401);
  });
});

describe('a subscription over a socket', () => {
  test('gets each event, and completes when they end', async () => {
    const events = handFed<RequestRecord>();
    edge = await startEdge({ requests: { updates: async () => events } });
    const client = createClient({
      url: edge.url.replace('http', 'ws'),
      webSocketImpl: WebSocket,
      connectionParams: as.visitor,
    });
    const results = client.iterate({ query: LISTEN });
    events.push(requestRecord());
    expect((await results.next()).value?.data).toEqual({ clientSecretRequestUpdated: { status: 'PENDING' } });
    events.push(requestRecord({ status: 'RESOLVED' }));
    events.end();
    expect((await results.next()).value?.data).toEqual({ clientSecretRequestUpdated: { status: 'RESOLVED' } });
    expect((await results.next()).done).toBe(true);
    await client.dispose();
  });

  test('lets go of its events when the client completes it, and when the socket closes', async () => {
    const made: ReturnType<typeof handFed<RequestRecord>>[] = [];
    const updates = async () => {
      const events = handFed<RequestRecord>();
      made.push(events);
      return events;
    };
    edge = await startEdge({ requests: { updates } });
    const socket = await connected();
    socket.subscribe('1', LISTEN);
    socket.subscribe('2', LISTEN);
    await vi.waitUntil(() => made.length === 2 && made.every((events) => events.asked > 0));
    socket.send({ id: '1', type: 'complete' });
    await vi.waitUntil(() => made.filter((events) => events.returned).length === 1);
    socket.socket.terminate();
    await vi.waitUntil(() => made.every((events) => events.returned));
  });

  test('is one too many past the limits of a socket and of a caller, and a place is given back', async () => {
    const updates = async () => handFed<RequestRecord>();
    edge = await startEdge({ requests: { updates } }, { subscriptionsPerSocket: 2, subscriptionsPerCaller: 3 });
    const first = await connected();
    for (const id of ['1', '2', '3']) first.subscribe(id, LISTEN);
    expect(await first.next()).toMatchObject({
      id: '3',
      type: 'error',
      payload: [{ extensions: { code: 'RATE_LIMITED', retryAfterMs: expect.any(Number) } }],
    });
    const second = await connected();
    for (const id of ['4', '5']) second.subscribe(id, LISTEN);
    expect(await second.next()).toMatchObject({
      id: '5',
      type: 'error',
      payload: [{ extensions: { code: 'RATE_LIMITED' } }],
    });
    first.send({ id: '1', type: 'complete' });
    // Messages of one socket are taken in their order: when this one is answered, the place is free.
    first.subscribe('viewer', '{ viewer { kind } }');
    await first.next();
    second.subscribe('6', LISTEN);
    second.subscribe('viewer', '{ viewer { kind } }');
    expect(await second.next()).toMatchObject({ id: 'viewer', type: 'next' });
  });

  test('ends with 4401 when the token expires', async () => {
    const events = handFed<RequestRecord>();
    edge = await startEdge({ requests: { updates: async () => events }, tokenExpiresAt: Date.now() + 100 });
    const socket = await connected(as.user);
    socket.subscribe('1', LISTEN);
    expect((await socket.closed).code).toBe(4401);
    await vi.waitUntil(() => events.returned);
  });

  test('ends with 1001 when the server closes', async () => {
    edge = await startEdge();
    const socket = await connected();
    const [{ code }] = await Promise.all([socket.closed, edge.close()]);
    expect(code).toBe(1001);
  });

  test('still hears what ends while the server drains, and nothing new is taken', async () => {
    const events = handFed<RequestRecord>();
    edge = await startEdge({ requests: { updates: async () => events } });
    const socket = await connected();
    socket.subscribe('1', LISTEN);
    await vi.waitUntil(() => events.asked > 0);
    edge.drain();
    events.push(requestRecord({ status: 'FAILED' }));
    expect(await socket.next()).toMatchObject({ id: '1', type: 'next' });
    socket.subscribe('2', '{ viewer { kind } }');
    const message = 'The server is shutting down. Try again.';
    expect(await socket.next()).toMatchObject({ id: '2', type: 'error', payload: [{ message }] });
    const refused = new RawSocket();
    const [error] = await Promise.all([
      new Promise<Error>((resolve) => refused.socket.once('error', resolve)),
      refused.closed,
    ]);
    expect(error.message).toContain('503');
  });
});

describe('a socket', () => {
  test('that sends a message above the limit is closed with 1009', async () => {
    edge = await startEdge({}, { socketMessageBytes: 1_000 });
    const socket = await connected();
    socket.subscribe('1', `{ viewer { kind } } # ${'x'.repeat(1_000)}`);
    expect((await socket.closed).code).toBe(1009);
  });

  test('that answers no ping is ended', async () => {
    edge = await startEdge({}, { pingIntervalMs: 30 });
    const socket = new RawSocket();
    await socket.open();
    socket.socket.pause();
    await vi.waitUntil(async () => {
      const count = await new Promise<number>((resolve) => edge.server.getConnections((_error, n) => resolve(n)));
      return count === 0;
    });
    socket.socket.resume();
  });
});
