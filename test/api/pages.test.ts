import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { Headers } from '../support/graphql.ts';
import { createSecret } from '../support/secrets.ts';
import { shareServer } from '../support/shared.ts';

const shared = shareServer();
const PAGE = 'https://shop.example';
const OTHER = 'https://evil.example';

function ownOrigin(): string {
  return new URL(shared.server.url).origin;
}

async function preflight(origin: string) {
  const { status, headers } = await fetch(shared.server.url, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type,x-client-id,x-visitor-id',
    },
  });
  return { status, granted: headers.get('access-control-allow-origin'), headers };
}

async function viewer(headers: Headers) {
  const { status, errors, headers: answered } = await shared.server.post(headers, '{ viewer { kind } }');
  return { status, code: errors[0]?.extensions.code, granted: answered.get('access-control-allow-origin') };
}

describe('a preflight', () => {
  it('is granted to an origin that an enabled application lists, and to no other', async () => {
    await shared.server.createApplication({ allowedOrigins: ['https://listed.example'] });
    const { granted, headers } = await preflight('https://listed.example');
    expect(granted).toBe('https://listed.example');
    expect(headers.get('access-control-allow-methods')).toContain('POST');
    expect(headers.get('access-control-allow-headers')?.toLowerCase()).toMatch(/x-client-id.*x-visitor-id/);
    expect(headers.get('access-control-allow-credentials')).toBeNull();
    expect(headers.get('vary')).toMatch(/origin/i);
    expect((await preflight(OTHER)).granted).toBeNull();
    expect((await preflight('null')).granted).toBeNull();
  });

  it('is granted to the own origin of the server', async () => {
    expect((await preflight(ownOrigin())).granted).toBe(ownOrigin());
  });
});

describe('a page', () => {
  it('may call from an origin that its application lists', async () => {
    const app = await shared.server.createApplication({ allowedOrigins: [PAGE] });
    expect(await viewer({ ...app.asVisitor(), origin: PAGE })).toEqual({ status: 200, code: undefined, granted: PAGE });
  });

  it('of any other origin gets 403, and nothing is executed', async () => {
    const app = await shared.server.createApplication({ allowedOrigins: [PAGE] });
    const neighbour = await shared.server.createApplication({ allowedOrigins: [OTHER] });
    for (const headers of [app.asVisitor(), await app.asUser('ann'), app.asApplication]) {
      expect(await viewer({ ...headers, origin: OTHER })).toMatchObject({ status: 403, code: 'FORBIDDEN' });
    }
    expect(await viewer({ ...neighbour.asVisitor(), origin: OTHER })).toMatchObject({ status: 200 });
    const mutation = `mutation { createClientSecret(input: { name: "n", clientSecret: "0123456789",
      allowedUrls: ["https://api.test"] }) { clientSecret { id } } }`;
    expect((await shared.server.post({ ...app.asApplication, origin: OTHER }, mutation)).status).toBe(403);
    const { data } = await shared.server.post<{ clientSecrets: { totalCount: number } }>(
      app.asApplication,
      '{ clientSecrets { totalCount } }',
    );
    expect(data.clientSecrets.totalCount).toBe(0);
  });

  it('that names nobody may read that it does, and nothing else where nobody lists its origin', async () => {
    await shared.server.createApplication({ allowedOrigins: [PAGE] });
    const refused = { status: 401, code: 'UNAUTHENTICATED', granted: '*' };
    expect(await viewer({ origin: 'https://nobody-lists-it.example' })).toEqual(refused);
    expect(await viewer({ origin: 'null' })).toEqual(refused);
    expect(await viewer({ origin: PAGE })).toEqual({ status: 401, code: 'UNAUTHENTICATED', granted: PAGE });
  });

  it('that another application lists may read that this one does not', async () => {
    const app = await shared.server.createApplication({ allowedOrigins: [] });
    await shared.server.createApplication({ allowedOrigins: [PAGE] });
    const refused = { status: 403, code: 'FORBIDDEN', granted: PAGE };
    expect(await viewer({ ...app.asVisitor(), origin: PAGE })).toEqual(refused);
  });

  it('may call from the own origin of the server, and the OPERATOR from there alone', async () => {
    const app = await shared.server.createApplication();
    await shared.server.createApplication({ allowedOrigins: [PAGE] });
    expect(await viewer({ ...app.asVisitor(), origin: ownOrigin() })).toMatchObject({ status: 200 });
    expect(await viewer({ ...shared.server.asOperator, origin: ownOrigin() })).toMatchObject({ status: 200 });
    expect(await viewer({ ...shared.server.asOperator, origin: PAGE })).toMatchObject({ status: 403 });
  });

  it('may read why its credentials were refused', async () => {
    await shared.server.createApplication({ allowedOrigins: [PAGE] });
    expect(await viewer({ 'x-client-id': 'kh_nobody', origin: PAGE })).toEqual({
      status: 401,
      code: 'UNAUTHENTICATED',
      granted: PAGE,
    });
  });

  it('cannot call by what a form or a link can send', async () => {
    const app = await shared.server.createApplication();
    await createSecret(shared.server, app.asApplication, shared.thirdParty.origin);
    const query = 'mutation { disableClientSecret(input: { id: "x" }) { clientSecret { id } } }';
    for (const type of ['application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data; boundary=x']) {
      const body = new URLSearchParams({ query }).toString();
      const answer = await fetch(shared.server.url, {
        method: 'POST',
        headers: { ...app.asApplication, 'content-type': type },
        body,
      });
      expect(answer.status, type).toBe(415);
    }
    const byGet = await fetch(`${shared.server.url}?query=${encodeURIComponent(query)}`, {
      headers: app.asApplication,
    });
    expect(byGet.status).toBe(405);
    expect(await byGet.json()).toMatchObject({ errors: [{ extensions: { code: 'OPERATION_RESOLUTION_FAILURE' } }] });
  });
});

describe('a WebSocket of a page', () => {
  async function connect(headers: Headers, origin?: string): Promise<string> {
    const socket = new WebSocket(shared.server.url.replace('http', 'ws'), 'graphql-transport-ws', {
      ...(origin === undefined ? {} : { origin }),
    });
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'connection_init', payload: headers }));
    const [first] = await Promise.race([
      once(socket, 'message').then(([data]) => [JSON.parse(String(data)).type as string]),
      once(socket, 'close').then(([code]) => [String(code)]),
    ]);
    socket.close();
    return first ?? '';
  }

  it('is checked like any other call, and closed with 4403', async () => {
    const app = await shared.server.createApplication({ allowedOrigins: [PAGE] });
    expect(await connect(app.asVisitor())).toBe('connection_ack');
    expect(await connect(app.asVisitor(), PAGE)).toBe('connection_ack');
    expect(await connect(app.asVisitor(), ownOrigin())).toBe('connection_ack');
    expect(await connect(app.asVisitor(), OTHER)).toBe('4403');
    expect(await connect(shared.server.asOperator, PAGE)).toBe('4403');
  });
});
