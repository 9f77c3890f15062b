import { connect, type Socket } from 'node:net';
import { createClient } from 'graphql-sse';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { encodeGlobalId } from '../../../src/graphql/global-id.ts';
import { newId } from '../../../src/ids.ts';
import type { RequestRecord } from '../../../src/requests/request.ts';
import { as, type FakeEdge, handFed, requestRecord, startEdge } from './fake-edge.ts';

let edge: FakeEdge;
afterEach(() => edge.close());

const ID = encodeGlobalId('ClientSecretRequest', newId());
const LISTEN = `subscription { clientSecretRequestUpdated(id: "${ID}") { status responseText } }`;

function openStream(query: string, headers: Record<string, string> = as.application): Promise<Response> {
  return fetch(`${edge.url}?query=${encodeURIComponent(query)}`, {
    headers: { Accept: 'text/event-stream', ...headers },
  });
}

describe('a subscription over SSE', () => {
  test('is what the client of graphql-sse understands', async () => {
    const events = handFed<RequestRecord>();
    edge = await startEdge({ requests: { updates: async () => events } });
    const client = createClient({ url: edge.url, headers: as.visitor, retryAttempts: 0 });
    const results = client.iterate({ query: LISTEN });
    events.push(requestRecord());
    events.push(requestRecord({ status: 'FAILED' }));
    events.end();
    const seen = [];
    for await (const { data } of results) seen.push(data);
    expect(seen).toEqual(
      ['PENDING', 'FAILED'].map((status) => ({ clientSecretRequestUpdated: { status, responseText: null } })),
    );
    client.dispose();
  });

  test('is a plain event stream by GET too', async () => {
    const events = handFed<RequestRecord>();
    edge = await startEdge({ requests: { updates: async () => events } });
    events.push(requestRecord());
    events.end();
    const response = await openStream(LISTEN);
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    const next = { data: { clientSecretRequestUpdated: { status: 'PENDING', responseText: null } } };
    expect(await response.text()).toBe(`:\n\nevent: next\ndata: ${JSON.stringify(next)}\n\nevent: complete\ndata:\n\n`);
  });

  test.each([
    ['NOT_FOUND', 'subscription { clientSecretRequestUpdated(id: "none") { status } }', 200],
    ['GRAPHQL_VALIDATION_FAILED', 'subscription { nothing }', 200],
  ])('that fails with %s says so in the stream', async (code, query, status) => {
    edge = await startEdge();
    const response = await openStream(query);
    const text = await response.text();
    expect(response.status).toBe(status);
    expect(text).toContain(`"extensions":{"code":"${code}"}`);
    expect(text.endsWith('event: complete\ndata:\n\n')).toBe(true);
  });

  test('shows nothing of an unexpected error', async () => {
    const broken = { ...handFed<RequestRecord>(), next: async () => Promise.reject(new Error('canary')) };
    edge = await startEdge({
      requests: { updates: async () => ({ ...broken, [Symbol.asyncIterator]: () => broken }) },
    });
    const text = await (await openStream(LISTEN)).text();
    expect(text).toContain('"code":"INTERNAL"');
    expect(text).not.toContain('canary');
  });

  test('of nobody is 401', async () => {
    edge = await startEdge();
    expect((await openStream(LISTEN, { 'X-Client-Id': 'no' })).status).toBe(401);
  });

  test('is refused to those who take only JSON', async () => {
    edge = await startEdge();
    const { status } = await edge.post(LISTEN, { headers: { ...as.application, Accept: 'application/json' } });
    expect(status).toBe(406);
  });

  test('lets go of its events when the client leaves', async () => {
    const events = handFed<RequestRecord>();
    edge = await startEdge({ requests: { updates: async () => events } });
    const response = await openStream(LISTEN);
    await vi.waitUntil(() => events.asked > 0);
    await response.body?.cancel();
    await vi.waitUntil(() => events.returned);
  });

  test('ends without completion when the token expires, and when the server closes', async () => {
    edge = await startEdge({ requests: { updates: async () => handFed() }, tokenExpiresAt: Date.now() + 100 });
    const expired = await (await openStream(LISTEN, as.user)).text();
    const open = await openStream(LISTEN);
    const [text] = await Promise.all([open.text(), edge.close()]);
    expect([expired, text]).toEqual([':\n\n', ':\n\n']);
  });

  test('still hears what ends while the server drains', async () => {
    const events = handFed<RequestRecord>();
    edge = await startEdge({ requests: { updates: async () => events } });
    const open = await openStream(LISTEN);
    edge.drain();
    expect((await openStream(LISTEN)).status).toBe(503);
    events.push(requestRecord({ status: 'FAILED' }));
    events.end();
    expect(await open.text()).toMatch(/"FAILED".*event: complete/s);
  });

  test('is one too many past the limit of a caller', async () => {
    edge = await startEdge({ requests: { updates: async () => handFed() } }, { subscriptionsPerCaller: 1 });
    const open = await openStream(LISTEN);
    expect(await (await openStream(LISTEN)).text()).toContain('"code":"RATE_LIMITED"');
    const other = await openStream(LISTEN, as.visitor);
    expect((await other.body?.getReader().read())?.done).toBe(false);
    await open.body?.cancel();
  });

  test('asks for no more than a client that stopped reading can take', async () => {
    const text = 'x'.repeat(1_000_000);
    const response = { statusCode: 200, headers: {}, kind: 'text', body: text } as const;
    const endless = handFed<RequestRecord>();
    endless.next = async () => {
      endless.asked++;
      return { done: false, value: requestRecord({ response }) };
    };
    edge = await startEdge({ requests: { updates: async () => endless } });
    const socket = await silentReader(LISTEN);
    const settled = await vi.waitUntil(async () => {
      const before = endless.asked;
      await new Promise((resolve) => setTimeout(resolve, 100));
      return before > 0 && endless.asked === before ? before : undefined;
    });
    // What the kernel buffers for a connection on this machine is a few megabytes.
    expect(settled).toBeLessThan(50);
    socket.destroy();
    await vi.waitUntil(() => endless.returned);
  });
});

/** Asks for the stream and never reads an answer. */
async function silentReader(query: string): Promise<Socket> {
  const url = new URL(`${edge.url}?query=${encodeURIComponent(query)}`);
  const socket = connect(Number(url.port), url.hostname);
  socket.pause();
  await new Promise((resolve) => socket.once('connect', resolve));
  const headers = Object.entries({ Host: url.host, Accept: 'text/event-stream', ...as.application });
  socket.write(
    `GET ${url.pathname}${url.search} HTTP/1.1\r\n${headers.map(([k, v]) => `${k}: ${v}\r\n`).join('')}\r\n`,
  );
  return socket;
}
