import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, get, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { consoleRoutes } from '../../src/console-routes.ts';
import { buildConsole } from '../support/built-console.ts';

let directory: string;
let server: ReturnType<typeof createServer>;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'keyhole-console-'));
  await buildConsole(directory);
  const routes = consoleRoutes({ directory });
  server = createServer((request, response) => {
    const route = routes.get(request.url ?? '');
    if (route) route(request, response);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterAll(async () => {
  server?.close();
  await rm(directory, { recursive: true });
});

/** As it comes over the wire: nothing undoes its encoding. */
async function ask(path: string, encoding = ''): Promise<{ headers: IncomingHttpHeaders; body: Buffer }> {
  const { port } = server.address() as AddressInfo; // listening on a port, not on a path
  return new Promise((resolve, reject) => {
    const url = `http://127.0.0.1:${port}${path}`;
    get(url, { headers: { 'Accept-Encoding': encoding }, agent: false }, async (response) => {
      resolve({ headers: response.headers, body: Buffer.concat(await response.toArray()) });
    }).on('error', reject);
  });
}

/** Paths of the files that the page names. */
async function assets(): Promise<string[]> {
  const { body } = await ask('/console');
  return [...body.toString().matchAll(/"(\/console\/assets\/[^"]+)"/g)].map(([, path = '']) => path);
}

test('the page may run its own code and ask its own server, and holds no code itself', async () => {
  const { headers, body } = await ask('/console');
  const policy = String(headers['content-security-policy']).split('; ');
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("script-src 'self'");
  expect(policy).toContain("style-src 'self'");
  expect(policy).toContain("connect-src 'self'");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy.join()).not.toMatch(/unsafe|https?:|\*/);
  expect(headers['x-content-type-options']).toBe('nosniff');
  expect(headers['cache-control']).toBe('no-cache');
  expect(body.toString()).not.toMatch(/<style|style=|\son\w+=|<script(?![^>]*\ssrc=)/);
});

test('its files are kept for good, under names that change with them', async () => {
  const paths = await assets();
  expect(paths.map((path) => path.replace(/.*-.*\./, '')).sort()).toEqual(['css', 'js', 'svg']);
  for (const path of paths) {
    const { headers } = await ask(path);
    expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect(headers['x-content-type-options']).toBe('nosniff');
  }
});

test('its script is under 25 kB on its way to a browser', async () => {
  const script = (await assets()).find((path) => path.endsWith('.js')) ?? '';
  const { headers, body } = await ask(script, 'gzip, deflate, br');
  expect(headers['content-encoding']).toBe('br');
  expect(body.length).toBeLessThan(25_000);
});

test.each([
  ['', undefined],
  ['gzip', 'gzip'],
  ['br;q=0, gzip;q=0.5', 'gzip'],
  ['br;q=0.1', 'br'],
  ['identity, br; q=0.000', undefined],
])('to who accepts "%s" it comes in %s', async (accepted, coding) => {
  expect((await ask('/console', accepted)).headers['content-encoding']).toBe(coding);
});

test('where it was not built there is nothing', () => {
  expect(consoleRoutes({ directory: '/nowhere' }).size).toBe(0);
});
