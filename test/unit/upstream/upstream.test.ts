import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { createEgress } from '../../../src/egress/egress.ts';
import type { TimerWheel } from '../../../src/timer-wheel.ts';
import { createAbort } from '../../../src/upstream/abort.ts';
import type { ExchangeOutcome, OutboundRequest } from '../../../src/upstream/exchange.ts';
import { createUpstream, type Upstream, type UpstreamOptions } from '../../../src/upstream/upstream.ts';
import { type Arrival, reply, type ScriptedServer, serveScript } from '../../support/scripted-server.ts';
import { SELF_SIGNED } from '../../support/self-signed.ts';

const CANARY = 'canary-4f1d';
const LIMIT = 100_000;

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function serve(script: (arrival: Arrival, index: number) => void): Promise<ScriptedServer> {
  const server = await serveScript(script);
  cleanups.push(() => server.close());
  return server;
}

/** A wheel whose time passes when the test says so. */
function manualWheel() {
  const due = new Set<() => void>();
  const delays: number[] = [];
  const wheel: TimerWheel = {
    schedule(delayMs, callback) {
      delays.push(delayMs);
      due.add(callback);
      return () => due.delete(callback);
    },
    close: () => due.clear(),
  };
  return {
    wheel,
    delays,
    get scheduled() {
      return due.size;
    },
    passTime() {
      for (const callback of [...due]) callback();
      due.clear();
    },
  };
}

function connectTo(port: number, options: Partial<UpstreamOptions> = {}) {
  const clock = manualWheel();
  const egress = createEgress({
    allowAddresses: ['127.0.0.1/32'],
    allowHttpHosts: [`127.0.0.1:${port}`, `api.test:${port}`],
    resolve: async (name) => (name === 'api.test' ? ['127.0.0.1'] : []),
  });
  const upstream = createUpstream({ egress, wheel: clock.wheel, maxResponseBytes: LIMIT, ...options });
  cleanups.push(() => upstream.close());
  return { upstream, clock };
}

function requestTo(port: number, changes: Partial<OutboundRequest> = {}): OutboundRequest {
  const url = `http://api.test:${port}/v1/${CANARY}?key=${CANARY}`;
  return {
    url,
    urlIsPlain: true,
    method: 'GET',
    headers: new Map([['Authorization', `Bearer ${CANARY}`]]),
    body: null,
    ...changes,
  };
}

/** The outcome of one request to a server that answers it with these bytes and, if told, closes. */
async function answer(bytes: string | Buffer, closes = false): Promise<ExchangeOutcome> {
  const server = await serve(({ socket }) => {
    socket.write(bytes);
    if (closes) socket.end();
  });
  return exchange(connectTo(server.port).upstream, requestTo(server.port));
}

/** Every outcome of these tests passes here: none may hold what was sent. */
async function exchange(upstream: Upstream, request: OutboundRequest, abort = createAbort()): Promise<ExchangeOutcome> {
  const outcome = await upstream.exchange(request, { timeoutMs: 1_234, abort });
  expect(JSON.stringify(outcome)).not.toContain(CANARY);
  return outcome;
}

function failed(code: string) {
  return { kind: 'failure', code, message: expect.stringMatching(/^[A-Z]/) };
}

function textOf(outcome: ExchangeOutcome): string {
  return outcome.kind === 'response' ? String(outcome.body) : `${outcome.code}: ${outcome.message}`;
}

describe('an exchange', () => {
  it('sends method, path, headers and body as they are, and takes in the answer', async () => {
    const server = await serve(({ socket }) =>
      socket.write(reply('{"ok":true}', ['Content-Type: application/json'], '201 Created')),
    );
    const { upstream, clock } = connectTo(server.port);
    const headers = new Map([
      ['X-Key', CANARY],
      ['2', 'two'],
      ['1', 'one'],
      ['content-type', 'text/plain'],
    ]);
    const outcome = await exchange(upstream, requestTo(server.port, { method: 'POST', headers, body: 'a=é' }));
    expect(outcome).toEqual({
      kind: 'response',
      statusCode: 201,
      headers: { 'content-type': 'application/json', 'content-length': '11' },
      body: Buffer.from('{"ok":true}'),
      withheld: null,
    });
    const [arrival] = server.arrivals;
    expect(arrival?.head.split('\r\n')).toEqual([
      `POST /v1/${CANARY}?key=${CANARY} HTTP/1.1`,
      `host: api.test:${server.port}`,
      'connection: keep-alive',
      `X-Key: ${CANARY}`,
      '2: two',
      '1: one',
      'content-type: text/plain',
      'content-length: 4',
    ]);
    expect(Buffer.from(arrival?.body ?? '', 'latin1').toString()).toBe('a=é');
    expect(clock.delays).toEqual([1_234]);
    expect(clock.scheduled).toBe(0);
  });

  it('keeps the connection for the next one', async () => {
    const server = await serve(({ socket }, index) => socket.write(reply(`${index}`)));
    const { upstream } = connectTo(server.port, { connections: 1 });
    expect(textOf(await exchange(upstream, requestTo(server.port)))).toBe('0');
    expect(textOf(await exchange(upstream, requestTo(server.port)))).toBe('1');
    expect(server.connections).toBe(1);
  });

  it('runs many at a time, each on a connection of its own', async () => {
    const held: Arrival[] = [];
    const server = await serve((arrival) => {
      held.push(arrival);
      if (held.length === 100) for (const { socket, head } of held) socket.write(reply(head.split(' ')[1] ?? ''));
    });
    const { upstream } = connectTo(server.port);
    const paths = Array.from({ length: 100 }, (_, index) => `/${index}`);
    const urls = paths.map((path) => `http://127.0.0.1:${server.port}${path}`);
    const outcomes = await Promise.all(urls.map((url) => exchange(upstream, requestTo(server.port, { url }))));
    expect(outcomes.map(textOf)).toEqual(paths);
  });

  it('joins repeated headers, keeps cookies apart, reads UTF-8, and survives odd names', async () => {
    const headers = ['X-A: 1', 'x-a: 2', 'Set-Cookie: a=1', 'X-Name: h\u00e9', '__proto__: x', 'constructor: y'];
    const outcome = await answer(reply('', headers));
    if (outcome.kind !== 'response') expect.unreachable();
    const wanted = { 'x-a': '1, 2', 'set-cookie': ['a=1'], 'x-name': 'hé', constructor: 'y', 'content-length': '0' };
    expect({ ...outcome.headers }).toMatchObject(wanted);
    expect(Object.entries(outcome.headers)).toContainEqual(['__proto__', 'x']);
    expect(outcome.body).toHaveLength(0);
    const latin1 = await answer(Buffer.from(reply('', ['X-Name: h\u00e9']), 'latin1'));
    expect(latin1).toMatchObject({ headers: { 'x-name': 'hé' } });
  });

  it('reads a header that is repeated as a whole, and without the blanks around it', async () => {
    const bytes = Buffer.from(
      reply('', ['X-A: \xe2\x82\xac \t', 'X-A: h\xc3\xa9\xff', 'Content-Type:  text/plain  ']),
      'latin1',
    );
    const outcome = await answer(bytes);
    // One is UTF-8, the other is not, and so neither is what they are joined to.
    expect(outcome).toMatchObject({ headers: { 'x-a': '\xe2\x82\xac, h\xc3\xa9\xff', 'content-type': 'text/plain' } });
  });

  it.each(['204 No Content', '304 Not Modified'])(
    'takes no body with %s, whatever length is declared',
    async (status) => {
      const outcome = await answer(
        `HTTP/1.1 ${status}\r\nContent-Length: ${LIMIT * 2}\r\nContent-Encoding: gzip\r\n\r\n`,
      );
      expect(outcome).toMatchObject({ statusCode: Number(status.slice(0, 3)), withheld: null, body: Buffer.alloc(0) });
    },
  );

  it('ignores what is said before the answer', async () => {
    const hints = 'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n';
    const outcome = await answer(hints + reply('done'));
    expect(textOf(outcome)).toBe('done');
    expect(outcome).toMatchObject({ statusCode: 200, headers: { 'content-length': '4' } });
  });

  it('does not follow a redirect', async () => {
    const server = await serve(({ socket }) => socket.write(reply('', ['Location: /elsewhere'], '302 Found')));
    const outcome = await exchange(connectTo(server.port).upstream, requestTo(server.port));
    expect(outcome).toMatchObject({ statusCode: 302, headers: { location: '/elsewhere' } });
    expect(server.arrivals).toHaveLength(1);
  });

  it('reads a body in chunks, and one that ends with the connection', async () => {
    const chunked =
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1;x=y\r\nc\r\n0\r\nTrailer: t\r\n\r\n';
    expect(textOf(await answer(chunked))).toBe('abc');
    expect(textOf(await answer('HTTP/1.0 200 OK\r\n\r\nabc', true))).toBe('abc');
    expect(textOf(await answer(chunked.replace('chunked', 'Chunked')))).toBe('abc');
  });

  it.each(['gzip, chunked', 'gzip', 'chunked, gzip', 'chunked, chunked', 'identity, deflate'])(
    'withholds a body with Transfer-Encoding: %s, which would have to be undone',
    async (coding) => {
      const head = `HTTP/1.1 200 OK\r\nX-A: 1\r\nTransfer-Encoding: ${coding}\r\n\r\n`;
      const bytes = Buffer.concat([Buffer.from(head), gzipSync('hello')]);
      expect(await answer(bytes, true)).toMatchObject({
        kind: 'response',
        headers: { 'x-a': '1' },
        body: null,
        withheld: { code: 'RESPONSE_UNREADABLE', message: expect.stringContaining('Transfer-Encoding') },
      });
    },
  );
});

describe('TLS', () => {
  async function serveTls() {
    const server = await serveScript(({ socket }) => socket.write(reply('secure')), SELF_SIGNED);
    cleanups.push(() => server.close());
    return server;
  }

  it('is spoken where the certificate is trusted and names the host', async () => {
    const { port } = await serveTls();
    const { upstream } = connectTo(port, { tls: { ca: SELF_SIGNED.cert } });
    expect(textOf(await exchange(upstream, requestTo(port, { url: `https://api.test:${port}/` })))).toBe('secure');
    expect(textOf(await exchange(upstream, requestTo(port, { url: `https://API.test.:${port}/` })))).toBe('secure');
    const other = await exchange(upstream, requestTo(port, { url: `https://127.0.0.1:${port}/` }));
    expect(other).toEqual(failed('UPSTREAM_UNREACHABLE'));
  });

  it('is not spoken to a server that nobody vouches for', async () => {
    const server = await serveTls();
    const request = requestTo(server.port, { url: `https://api.test:${server.port}/` });
    const outcome = await exchange(connectTo(server.port).upstream, request);
    expect(outcome).toEqual(failed('UPSTREAM_UNREACHABLE'));
    expect(textOf(outcome)).toContain('TLS');
    expect(server.arrivals).toHaveLength(0);
  });
});

describe('the guard', () => {
  it('stops a request before a connection is made, and one whose name leads elsewhere at connecting', async () => {
    const server = await serve(({ socket }) => socket.write(reply('')));
    const egress = createEgress({
      allowAddresses: [],
      allowHttpHosts: [`api.test:${server.port}`],
      resolve: async () => ['127.0.0.1'],
    });
    const { upstream } = connectTo(server.port, { egress });
    const literal = requestTo(server.port, { url: `https://127.0.0.1:${server.port}/${CANARY}` });
    expect(await exchange(upstream, literal)).toEqual(failed('DESTINATION_NOT_ALLOWED'));
    expect(await exchange(upstream, requestTo(server.port))).toEqual(failed('DESTINATION_NOT_ALLOWED'));
    expect(server.connections).toBe(0);
  });
});

describe('what goes wrong on the way', () => {
  it('is UPSTREAM_UNREACHABLE where no connection comes about', async () => {
    const server = await serve(() => {});
    const { upstream } = connectTo(server.port);
    server.close();
    expect(await exchange(upstream, requestTo(server.port))).toEqual(failed('UPSTREAM_UNREACHABLE'));
    const unresolved = requestTo(server.port, { url: `https://${CANARY}.test/` });
    expect(textOf(await exchange(upstream, unresolved))).toBe('UPSTREAM_UNREACHABLE: The host name does not resolve');
  });

  const chunkedHead = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
  it.each([
    ['an answer that ends before it begins', ''],
    ['half a head', 'HTTP/1.1 200 OK\r\nContent-'],
    ['half a body', `${reply('whole').slice(0, -2)}`],
    ['a chunk cut short', `${chunkedHead}5\r\nab`],
    ['a last chunk that never comes', `${chunkedHead}2\r\nab\r\n`],
    ['a chunk size that is none', `${chunkedHead}zz\r\nab\r\n0\r\n\r\n`],
    ['a chunk longer than it says', `${chunkedHead}1\r\nabc\r\n0\r\n\r\n`],
    ['no HTTP at all', 'SSH-2.0-OpenSSH_9.6\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
    ['a length beside chunks', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['another protocol', 'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'],
  ])('is UPSTREAM_UNREACHABLE for %s', async (_, bytes) => {
    expect(await answer(bytes, true)).toEqual(failed('UPSTREAM_UNREACHABLE'));
  });

  it.each([
    ['of known length', reply('whole').slice(0, -2)],
    ['that ends with the connection', 'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhalf'],
  ])('is UPSTREAM_UNREACHABLE where the connection is reset within a body %s', async (_, bytes) => {
    const sockets: Arrival['socket'][] = [];
    const server = await serve(({ socket }) => {
      // So that the reset cannot overtake what was written.
      if (sockets.push(socket) === 1) socket.write(bytes);
      else sockets[0]?.resetAndDestroy();
    });
    const { upstream } = connectTo(server.port);
    const outcome = exchange(upstream, requestTo(server.port));
    await server.arrived(1);
    void exchange(upstream, requestTo(server.port));
    expect(await outcome).toEqual(failed('UPSTREAM_UNREACHABLE'));
  });

  it('is told without the header that could not be written', async () => {
    const server = await serve(() => {});
    const { upstream } = connectTo(server.port);
    const outcome = await exchange(upstream, requestTo(server.port, { headers: new Map([['X-Key', `${CANARY}\n`]]) }));
    expect(outcome).toEqual(failed('UPSTREAM_UNREACHABLE'));
  });

  it('never makes bytes that came unasked the answer to the next request', async () => {
    const server = await serve(({ socket }, index) => {
      socket.write(index === 0 ? reply('first') + reply('forged') : reply('second'));
    });
    const { upstream } = connectTo(server.port);
    expect(textOf(await exchange(upstream, requestTo(server.port)))).toBe('first');
    expect(textOf(await exchange(upstream, requestTo(server.port)))).toBe('second');
  });
});

describe('a request', () => {
  it.each(['GET', 'PUT', 'DELETE', 'POST'] as const)(
    'arrives at most once, though the server closes a kept connection on reading it: %s',
    async (method) => {
      const endings = ['end', 'resetAndDestroy', 'destroy'] as const;
      const server = await serve(({ socket, connection }, index) => {
        if (index % 2 === 0) socket.write(reply('first'));
        else socket[endings[connection % endings.length] ?? 'end']();
      });
      const { upstream } = connectTo(server.port, { connections: 1 });
      const body = method === 'PUT' || method === 'POST' ? 'x' : null;
      for (const [index] of endings.entries()) {
        expect(textOf(await exchange(upstream, requestTo(server.port, { method, body })))).toBe('first');
        const second = await exchange(upstream, requestTo(server.port, { method, body }));
        expect(second).toEqual(failed('UPSTREAM_UNREACHABLE'));
        expect(server.arrivals).toHaveLength(2 * index + 2);
      }
      expect(server.connections).toBe(endings.length);
    },
  );

  it('arrives once when others wait for the connection that breaks under it', async () => {
    const server = await serve(({ socket, head }) => {
      if (head.includes('/breaks')) socket.destroy();
      else socket.write(reply('fine'));
    });
    const { upstream } = connectTo(server.port, { connections: 1 });
    const paths = ['first', 'breaks', 'third', 'fourth'];
    const urls = paths.map((path) => `http://127.0.0.1:${server.port}/${path}`);
    const outcomes = await Promise.all(urls.map((url) => exchange(upstream, requestTo(server.port, { url }))));
    expect(outcomes.map((outcome) => outcome.kind)).toEqual(['response', 'failure', 'response', 'response']);
    expect(server.arrivals.map(({ head }) => /\/(\w+) HTTP/.exec(head)?.[1])).toEqual(paths);
  });
});

describe('the deadline', () => {
  const poisons: [string, (socket: Arrival['socket']) => void][] = [
    ['never answers', () => {}],
    ['drips its head', (socket) => drip(socket, 'HTTP/1.1 200 OK\r\nX-A: ')],
    ['drips its body', (socket) => drip(socket, 'HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\n')],
    ['says only what comes before an answer', (socket) => drip(socket, 'HTTP/1.1 103 Early Hints\r\n\r\n')],
  ];

  function drip(socket: Arrival['socket'], start: string): void {
    socket.write(start);
    const timer = setInterval(() => socket.write('x'), 5);
    socket.on('close', () => clearInterval(timer));
  }

  it.each(poisons)('ends an exchange with a server that %s, and its connection', async (_, script) => {
    const server = await serve(({ socket }) => script(socket));
    const { upstream, clock } = connectTo(server.port);
    const outcome = exchange(upstream, requestTo(server.port));
    const { socket } = await server.arrived(1);
    await new Promise<void>((resolve) => socket.write('', () => resolve()));
    clock.passTime();
    expect(await outcome).toEqual(failed('UPSTREAM_TIMEOUT'));
    expect(textOf(await outcome)).toContain('1234 ms');
    await server.disconnected();
  });

  it('holds while the name is looked up; what was to be sent then never leaves', async () => {
    const server = await serve(({ socket }) => socket.write(reply('fine')));
    const answers: ((addresses: string[]) => void)[] = [];
    const egress = createEgress({
      allowAddresses: ['127.0.0.1/32'],
      allowHttpHosts: [`api.test:${server.port}`],
      resolve: () => new Promise((resolve) => answers.push(resolve)),
    });
    const { upstream, clock } = connectTo(server.port, { egress });
    const outcome = exchange(upstream, requestTo(server.port, { method: 'PUT', body: 'late' }));
    clock.passTime();
    expect(await outcome).toEqual(failed('UPSTREAM_TIMEOUT'));
    answers[0]?.(['127.0.0.1']);
    await server.disconnected();
    const next = exchange(upstream, requestTo(server.port, { method: 'PUT', body: 'next' }));
    answers[1]?.(['127.0.0.1']);
    expect(textOf(await next)).toBe('fine');
    expect(server.arrivals.map(({ body }) => body)).toEqual(['next']);
  });
});

describe('an abort', () => {
  const CANCELED = { code: 'CANCELED', message: 'Cancelled' } as const;

  it('before sending leaves nothing to arrive', async () => {
    const server = await serve(({ socket }) => socket.write(reply('')));
    const { upstream } = connectTo(server.port);
    const abort = createAbort();
    abort.abort(CANCELED);
    expect(await exchange(upstream, requestTo(server.port), abort)).toEqual({ kind: 'failure', ...CANCELED });
    expect(server.connections).toBe(0);
  });

  it('while sending closes the connection, and frees the deadline', async () => {
    const server = await serve(() => {});
    const { upstream, clock } = connectTo(server.port);
    const abort = createAbort();
    const outcome = exchange(upstream, requestTo(server.port), abort);
    await server.arrived(1);
    abort.abort(CANCELED);
    expect(await outcome).toEqual({ kind: 'failure', ...CANCELED });
    expect(clock.scheduled).toBe(0);
    await server.disconnected();
  });

  it('of one that waits for a connection keeps it from being sent, and leaves the others be', async () => {
    const server = await serve(() => {});
    const { upstream } = connectTo(server.port, { connections: 1 });
    const first = exchange(upstream, requestTo(server.port, { method: 'PUT', body: 'first' }));
    const abort = createAbort();
    const second = exchange(upstream, requestTo(server.port, { method: 'PUT', body: 'second' }), abort);
    const third = exchange(upstream, requestTo(server.port, { method: 'PUT', body: 'third' }));
    const arrival = await server.arrived(1);
    abort.abort(CANCELED);
    expect(await second).toEqual({ kind: 'failure', ...CANCELED });
    arrival.socket.write(reply('one'));
    expect(textOf(await first)).toBe('one');
    (await server.arrived(2)).socket.write(reply('three'));
    expect(textOf(await third)).toBe('three');
    expect(server.arrivals.map(({ body }) => body)).toEqual(['first', 'third']);
  });

  it('after the end changes nothing', async () => {
    const server = await serve(({ socket }) => socket.write(reply('done')));
    const { upstream } = connectTo(server.port, { connections: 1 });
    const abort = createAbort();
    expect(textOf(await exchange(upstream, requestTo(server.port), abort))).toBe('done');
    abort.abort(CANCELED);
    expect(textOf(await exchange(upstream, requestTo(server.port)))).toBe('done');
    expect(server.connections).toBe(1);
  });
});

describe('limits', () => {
  const tooLarge = { kind: 'response', statusCode: 200, body: null, withheld: { code: 'RESPONSE_TOO_LARGE' } };

  it('let a body of just that size through, and withhold one byte more', async () => {
    expect(textOf(await answer(reply('x'.repeat(LIMIT))))).toHaveLength(LIMIT);
    expect(await answer(reply('x'.repeat(LIMIT + 1)))).toMatchObject(tooLarge);
  });

  it('stop a body that is declared too large before it comes, keeping status and headers', async () => {
    const server = await serve(({ socket }) =>
      socket.write(`HTTP/1.1 200 OK\r\nX-A: 1\r\nContent-Length: ${LIMIT + 1}\r\n\r\n`),
    );
    const outcome = await exchange(connectTo(server.port).upstream, requestTo(server.port));
    expect(outcome).toMatchObject({ ...tooLarge, headers: { 'x-a': '1' } });
    await server.disconnected();
  });

  it('stop a body without an end', async () => {
    const server = await serve(({ socket }) => {
      const pour = () => {
        while (!socket.destroyed && socket.write(`2710\r\n${'x'.repeat(10_000)}\r\n`));
      };
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
      socket.on('drain', pour);
      pour();
    });
    const outcome = await exchange(connectTo(server.port).upstream, requestTo(server.port));
    expect(outcome).toMatchObject(tooLarge);
    await server.disconnected();
  });

  it('stop headers without an end, and too many', async () => {
    const long = await answer(`HTTP/1.1 200 OK\r\nX-A: ${'x'.repeat(100_000)}\r\n\r\n`);
    expect(long).toEqual(failed('RESPONSE_TOO_LARGE'));
    const many = Array.from({ length: 1_001 }, (_, index) => `X-${index}: 1`);
    expect(await answer(reply('', many))).toEqual(failed('RESPONSE_TOO_LARGE'));
  });
});

describe('an encoded body', () => {
  const encoded = (body: Buffer, encoding: string) =>
    Buffer.concat([
      Buffer.from(`HTTP/1.1 200 OK\r\nContent-Encoding: ${encoding}\r\nContent-Length: ${body.length}\r\n\r\n`),
      body,
    ]);

  it('is decoded', async () => {
    expect(textOf(await answer(encoded(gzipSync('hello'), 'gzip')))).toBe('hello');
  });

  it('is withheld where it grows too large, is broken, or nobody can read it', async () => {
    const bomb = await answer(encoded(gzipSync(Buffer.alloc(LIMIT * 50)), 'gzip'));
    expect(bomb).toMatchObject({ statusCode: 200, body: null, withheld: { code: 'RESPONSE_TOO_LARGE' } });
    for (const [body, encoding] of [
      ['garbage', 'gzip'],
      ['x', 'unheard-of'],
    ] as const) {
      const outcome = await answer(encoded(Buffer.from(body), encoding));
      expect(outcome).toMatchObject({ statusCode: 200, body: null, withheld: { code: 'RESPONSE_UNREADABLE' } });
    }
  });
});
