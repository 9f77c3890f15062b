import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { createEndpoint, type EndpointOptions } from '../../../src/client/endpoint.ts';
import { createWsTransport } from '../../../src/client/transport-ws.ts';
import { state } from './scripted-endpoint.ts';

interface Received {
  type: string;
  id?: string;
  payload?: Record<string, unknown>;
}
type Script = (message: Received, send: (message: object) => void, socket: WebSocket) => void;

const operation = { query: 'subscription { request: x }', variables: {} };
const welcome = { type: 'connection_ack' };

/** A WebSocket server that does what the test says, and a transport to it. */
async function scripted(script: Script, getToken?: EndpointOptions['getToken']) {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  const received: Received[] = [];
  const sockets: WebSocket[] = [];
  server.on('connection', (socket) => {
    sockets.push(socket);
    socket.on('message', (data) => {
      const message = JSON.parse(String(data));
      received.push(message);
      script(message, (answer) => socket.send(JSON.stringify(answer)), socket);
    });
  });
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.terminate();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const endpoint = createEndpoint({
    url: `http://127.0.0.1:${port}/graphql`,
    clientId: 'page',
    visitorId: 'v'.repeat(16),
    getToken,
    fetch,
  });
  // ws has all of a browser's WebSocket that the transport uses.
  const transport = createWsTransport(endpoint, WebSocket as unknown as typeof globalThis.WebSocket);
  const run = (next: (data: object) => void, signal = new AbortController().signal) =>
    transport.subscribe(operation, { opened() {}, alive() {}, next }, signal);
  const stop = () => new Promise((resolve) => server.close(resolve));
  return { run, received, sockets, stop };
}

test('says who is calling, subscribes, answers pings, hears and ends', async () => {
  const { run, received, sockets } = await scripted(({ type, id }, send) => {
    if (type === 'connection_init') {
      send({ type: 'ping' });
      send(welcome);
    }
    if (type !== 'subscribe') return;
    send({ type: 'next', id, payload: { data: { request: state() } } });
    send({ type: 'complete', id });
  });
  const heard: object[] = [];
  await run((data) => heard.push(data));
  expect(heard).toEqual([{ request: state() }]);
  expect(received).toEqual([
    { type: 'connection_init', payload: { 'X-Client-Id': 'page', 'X-Visitor-Id': 'v'.repeat(16) } },
    { type: 'pong' },
    { type: 'subscribe', id: '1', payload: operation },
  ]);
  expect(sockets[0]?.protocol).toBe('graphql-transport-ws');
});

test('subscriptions share a connection, and one that is aborted is completed alone', async () => {
  const controller = new AbortController();
  const { run, received, sockets } = await scripted(({ type, id }, send) => {
    if (type === 'connection_init') send(welcome);
    if (type === 'subscribe' && id === '2') controller.abort();
    if (type === 'complete') send({ type: 'complete', id: '2' });
  });
  await Promise.all([run(() => {}, controller.signal), run(() => {})]);
  expect(sockets).toHaveLength(1);
  expect(received.at(-1)).toEqual({ type: 'complete', id: '1' });
});

test.each([
  ['a caller that is not known', 4401, 'UNAUTHENTICATED'],
  ['an origin that is not listed', 4403, 'FORBIDDEN'],
  ['a server that goes away', 1012, 'NETWORK_ERROR'],
])('%s: the close code %d is told as %s', async (_, closeCode, code) => {
  const { run } = await scripted((_message, _send, socket) => socket.close(closeCode));
  await expect(run(() => {})).rejects.toMatchObject({ code });
});

test('a server that cannot be reached is told as NETWORK_ERROR, and ends no process', async () => {
  const { run, stop } = await scripted(() => {});
  await stop();
  await expect(run(() => {})).rejects.toMatchObject({ code: 'NETWORK_ERROR' });
});

test('a token that expires later only ends the connection, and the next one is new', async () => {
  const { run, sockets } = await scripted(({ type, id }, send, socket) => {
    if (type === 'connection_init') send(welcome);
    else if (sockets.length === 1) socket.close(4401);
    else send({ type: 'complete', id });
  });
  await expect(run(() => {})).rejects.toMatchObject({ code: 'NETWORK_ERROR' });
  await run(() => {});
  expect(sockets).toHaveLength(2);
});

test('a getToken that fails is told as UNAVAILABLE, and asked again for the next connection', async () => {
  const cause = new TypeError('Failed to fetch');
  const getToken = vi.fn().mockRejectedValueOnce(cause).mockResolvedValueOnce('token');
  const { run, received } = await scripted(({ type, id }, send) => {
    if (type === 'connection_init') send(welcome);
    if (type === 'subscribe') send({ type: 'complete', id });
  }, getToken);
  await expect(run(() => {})).rejects.toMatchObject({ code: 'UNAVAILABLE', cause });
  await run(() => {});
  expect(received[0]?.payload).toMatchObject({ Authorization: 'Bearer token' });
});

test('an error ends the one subscription that it is for', async () => {
  const { run } = await scripted(({ type, id }, send) => {
    if (type === 'connection_init') send(welcome);
    if (type === 'subscribe') {
      send({ type: 'error', id, payload: [{ message: 'No such request', extensions: { code: 'NOT_FOUND' } }] });
    }
  });
  await expect(run(() => {})).rejects.toMatchObject({ code: 'NOT_FOUND', message: 'No such request' });
});
