import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type ClientRoutesOptions, clientRoutes, integrityOf } from '../../src/client-routes.ts';
import { buildClient } from '../support/built-client.ts';

let built: Awaited<ReturnType<typeof buildClient>>;
beforeAll(async () => {
  built = await buildClient();
});
afterAll(() => built.remove());

/** Asks a server that has these routes alone. */
async function asking(options: Partial<ClientRoutesOptions> = {}) {
  const routes = clientRoutes({ example: true, directory: built.directory, ...options });
  const server = createServer((request, response) => routes.get(request.url ?? '')?.(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { ask: (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${port}${path}`, init), routes };
}

describe('/client.js', () => {
  test('is one small module of its own, which other origins may load', async () => {
    const { ask } = await asking();
    const response = await ask('/client.js');
    const script = await response.text();
    expect(response.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(gzipSync(script).length).toBeLessThan(10_000);
    expect(script).not.toMatch(/\bimport\s*[{*"'(]|\brequire\(|\bprocess\./);
    expect(script).toMatch(/export\s*{[^}]*createClient/);
  });

  test('is the same whether compressed or not, and that is what the integrity hash is of', async () => {
    const { ask } = await asking();
    const file = readFileSync(`${built.directory}/client.js`);
    for (const encoding of ['gzip', 'identity', 'gzip;q=0']) {
      const response = await ask('/client.js', { headers: { 'Accept-Encoding': encoding } });
      expect(response.headers.get('content-encoding')).toBe(encoding === 'gzip' ? 'gzip' : null);
      expect(integrityOf(new Uint8Array(await response.arrayBuffer()))).toBe(integrityOf(file));
    }
  });

  test('is not sent again to who has it', async () => {
    const { ask } = await asking();
    const etag = (await ask('/client.js')).headers.get('etag') ?? '';
    const known = await ask('/client.js', { headers: { 'If-None-Match': etag } });
    expect([known.status, await known.text()]).toEqual([304, '']);
    expect((await ask('/client.js', { headers: { 'If-None-Match': '"old"' } })).status).toBe(200);
  });

  test('is there to be read alone', async () => {
    const { ask } = await asking();
    expect((await ask('/client.js', { method: 'POST' })).status).toBe(405);
    const head = await ask('/client.js', { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
  });

  test('says what to do where it was not built', async () => {
    const { ask } = await asking({ directory: '/nowhere' });
    const response = await ask('/client.js');
    expect([response.status, await response.text()]).toEqual([404, 'Not built: npm run build:client']);
  });
});

describe('/example', () => {
  test('may run its own script and nothing else', async () => {
    const { ask } = await asking();
    const response = await ask('/example');
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const policy = response.headers.get('content-security-policy');
    expect(policy).toMatch(
      /^default-src 'none'; script-src 'self' 'sha256-[\w+/=]{44}'; style-src 'sha256-[\w+/=]{44}'/,
    );
    expect(policy).not.toContain('unsafe');
  });

  test('is not offered where it is not wanted', async () => {
    const { routes } = await asking({ example: false });
    expect([...routes.keys()]).toEqual(['/client.js']);
  });
});
