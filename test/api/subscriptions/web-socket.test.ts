import { once } from 'node:events';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { REQUEST_UPDATED } from '../../support/listening.ts';
import { type Asker, startAsker } from '../../support/requests.ts';
import { shareServer } from '../../support/shared.ts';

const shared = shareServer({ env: { KEYHOLE_INIT_TIMEOUT_MS: '500', KEYHOLE_MAX_SUBSCRIPTIONS_PER_CALLER: '150' } });
let asker: Asker;
beforeAll(async () => {
  asker = await startAsker(shared);
});
const open = new Set<RawSocket>();
afterEach(() => {
  for (const socket of open) socket.close();
  open.clear();
});

interface Message {
  type: string;
  id?: string;
  payload?: unknown;
}
type RawSocket = Awaited<ReturnType<typeof connect>>;

/** A socket that speaks the protocol by hand. */
async function connect(protocols: string[] = ['graphql-transport-ws']) {
  const socket = new WebSocket(shared.server.url.replace('http', 'ws'), protocols);
  const messages: Message[] = [];
  const waiting: (() => void)[] = [];
  const closed = new Promise<number>((resolve) => {
    socket.on('close', (code) => {
      resolve(code);
      for (const wake of waiting.splice(0)) wake();
    });
  });
  socket.on('message', (data) => {
    messages.push(JSON.parse(String(data)));
    waiting.shift()?.();
  });
  socket.on('error', () => {});
  await Promise.race([once(socket, 'open'), closed]);
  const raw = {
    closed,
    send: (message: Message | string) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
    /** The next message for one operation. */
    async nextOf(id: string): Promise<Message> {
      let message = await raw.next();
      while (message !== undefined && message.id !== id) message = await raw.next();
      if (message === undefined) throw new Error('The socket is closed');
      return message;
    },
    /** The next message; undefined once the socket is closed. */
    async next(): Promise<Message | undefined> {
      if (messages.length === 0 && socket.readyState === WebSocket.OPEN) {
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
      return messages.shift();
    },
    async init(payload?: object) {
      raw.send({ type: 'connection_init', ...(payload === undefined ? {} : { payload }) });
      return (await raw.next())?.type ?? (await closed);
    },
    subscribe: (id: string, query: string, variables: object = {}) =>
      raw.send({ id, type: 'subscribe', payload: { query, variables } }),
    close: () => socket.close(),
  };
  open.add(raw);
  return raw;
}

describe('connection_init', () => {
  it('takes the credentials by the names of the headers, without case', async () => {
    const { clientId, clientSecret } = asker.app;
    const user = (await asker.app.asUser('ann')).authorization;
    for (const payload of [
      { 'X-Client-Id': clientId },
      { 'x-client-id': clientId, 'X-CLIENT-SECRET': clientSecret },
      { 'X-IBM-Client-Id': clientId, 'x-ibm-client-secret': clientSecret },
      { 'x-Client-Id': clientId, AUTHORIZATION: user },
      { 'X-Client-Id': clientId, 'X-Visitor-Id': 'visitor-0123456789', other: { deep: 1 } },
      shared.server.asOperator,
    ]) {
      expect(await (await connect()).init(payload)).toBe('connection_ack');
    }
  });

  it('without valid credentials closes the socket with 4401', async () => {
    const { clientId, clientSecret } = asker.app;
    for (const payload of [
      undefined,
      {},
      { 'X-Client-Id': 'kh_nobody' },
      { 'X-Client-Id': clientId, 'X-Client-Secret': 'wrong' },
      { 'X-Client-Id': clientId, 'X-Client-Secret': null },
      { 'X-Client-Id': clientId, Authorization: '' },
      { 'X-Client-Id': clientId, Authorization: 'Bearer x.y.z' },
      { 'X-Client-Secret': clientSecret },
      { 'X-Client-Id': [clientId] },
      { 'X-Client-Id': clientId, 'x-client-id': 'another' },
    ]) {
      expect(await (await connect()).init(payload), JSON.stringify(payload)).toBe(4401);
    }
  });

  it('must come in time, once, and before anything else', async () => {
    expect(await (await connect()).closed).toBe(4408);
    const twice = await connect();
    await twice.init(asker.headers);
    twice.send({ type: 'connection_init' });
    expect(await twice.closed).toBe(4429);
    const early = await connect();
    early.subscribe('1', '{ viewer { kind } }');
    expect(await early.closed).toBe(4401);
  });
});

describe('a socket', () => {
  it('speaks graphql-transport-ws alone', async () => {
    expect(await (await connect([])).closed).toBe(4406);
  });

  it('answers pings, and runs queries and mutations', async () => {
    const socket = await connect();
    await socket.init(asker.headers);
    socket.send({ type: 'ping' });
    expect(await socket.next()).toMatchObject({ type: 'pong' });
    socket.subscribe('1', '{ viewer { kind } }');
    expect(await socket.next()).toEqual({ id: '1', type: 'next', payload: { data: { viewer: { kind: 'VISITOR' } } } });
    expect(await socket.next()).toEqual({ id: '1', type: 'complete' });
  });

  it('stays open after an operation that cannot be parsed, is not valid or is refused', async () => {
    const socket = await connect();
    await socket.init(asker.headers);
    for (const [query, code] of [
      ['{ nothing', 'GRAPHQL_PARSE_FAILED'],
      ['{ nothing }', 'GRAPHQL_VALIDATION_FAILED'],
      [`{ ${Array.from({ length: 21 }, (_, index) => `a${index}: viewer { kind }`).join(' ')} }`, 'QUERY_TOO_COMPLEX'],
    ] as const) {
      socket.subscribe('1', query);
      expect(await socket.next()).toMatchObject({ id: '1', type: 'error', payload: [{ extensions: { code } }] });
    }
    socket.subscribe('1', 'subscription { clientSecretRequestUpdated(id: "x") { id } }');
    expect(await socket.next()).toMatchObject({
      id: '1',
      type: 'next',
      payload: { errors: [{ extensions: { code: 'NOT_FOUND' } }] },
    });
    expect(await socket.next()).toEqual({ id: '1', type: 'complete' });
    socket.subscribe('1', '{ viewer { kind } }');
    expect(await socket.next()).toMatchObject({ type: 'next' });
  });

  it('is closed by what is no message, and by one above 2 MiB', async () => {
    const noise = await connect();
    await noise.init(asker.headers);
    noise.send('noise');
    expect(await noise.closed).toBe(4400);
    const large = await connect();
    await large.init(asker.headers);
    large.send('x'.repeat(2 * 1024 * 1024 + 1));
    expect(await large.closed).toBe(1009);
  });

  it('is closed with 4401 when its token expires', async () => {
    const socket = await connect();
    const user = await asker.app.asUser('ann', { expiresIn: 1000 });
    expect(await socket.init(user)).toBe('connection_ack');
    expect(await socket.closed).toBe(4401);
  });

  it('has 100 subscriptions; one more is RATE_LIMITED, and the others go on', async () => {
    const held = shared.thirdParty.hold();
    const { id } = await asker.submit();
    const socket = await connect();
    await socket.init(asker.headers);
    for (let count = 0; count < 100; count++) {
      socket.subscribe(`s${count}`, REQUEST_UPDATED, { id });
      expect((await socket.nextOf(`s${count}`)).type).toBe('next');
    }
    socket.subscribe('one more', REQUEST_UPDATED, { id });
    expect(await socket.nextOf('one more')).toMatchObject({
      type: 'error',
      payload: [{ extensions: { code: 'RATE_LIMITED' } }],
    });
    socket.send({ id: 's0', type: 'complete' });
    socket.subscribe('in its place', REQUEST_UPDATED, { id });
    expect(await socket.nextOf('in its place')).toMatchObject({ type: 'next' });
    held.letAllGo();
    const completed = new Set<string | undefined>();
    while (completed.size < 100) {
      const message = await socket.next();
      if (message?.type === 'complete') completed.add(message.id);
    }
    expect(completed).not.toContain('s0');
  });

  it('shares its places with the other sockets of the caller', async () => {
    const held = shared.thirdParty.hold();
    const { id } = await asker.submit();
    const refused: string[] = [];
    for (const count of [100, 51]) {
      const socket = await connect();
      await socket.init(asker.headers);
      for (let index = 0; index < count; index++) {
        socket.subscribe(`${index}`, REQUEST_UPDATED, { id });
        const message = await socket.nextOf(`${index}`);
        if (message.type === 'error') refused.push(JSON.stringify(message.payload));
      }
    }
    expect(refused).toEqual([expect.stringContaining('RATE_LIMITED')]);
    held.letAllGo();
  });
});
