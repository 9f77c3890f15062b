import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { OutgoingHttpHeaders } from 'node:http';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import type { StaticHandler } from './client-routes.ts';

export interface ConsoleRoutesOptions {
  /** Where `npm run build:console` put the files; unless told, the package's own `dist/console`. */
  directory?: string;
}

/**
 * The console at `/console`, and the files that it is made of. It is a client like any other: nothing here knows who asks.
 * Without the built files there is nothing to serve.
 */
export function consoleRoutes({ directory = builtConsole() }: ConsoleRoutesOptions = {}): Map<string, StaticHandler> {
  const routes = new Map<string, StaticHandler>();
  if (!existsSync(`${directory}/index.html`)) return routes;
  const page = serve(readFileSync(`${directory}/index.html`), PAGE_HEADERS);
  routes.set('/console', page);
  routes.set('/console/', page);
  for (const name of readdirSync(`${directory}/assets`)) {
    const headers = { ...ASSET_HEADERS, 'Content-Type': typeOf(name) };
    routes.set(`/console/assets/${name}`, serve(readFileSync(`${directory}/assets/${name}`), headers));
  }
  return routes;
}

/** Its own script and style, no inline code, and no other server than its own, for whatever reason. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const PAGE_HEADERS: OutgoingHttpHeaders = {
  'Content-Type': 'text/html; charset=utf-8',
  // It names the files of one build.
  'Cache-Control': 'no-cache',
  'Content-Security-Policy': POLICY,
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
};

const ASSET_HEADERS: OutgoingHttpHeaders = {
  // Their names hold a hash of what is in them.
  'Cache-Control': 'public, max-age=31536000, immutable',
};

function typeOf(name: string): string {
  if (name.endsWith('.js')) return 'text/javascript; charset=utf-8';
  return name.endsWith('.css') ? 'text/css; charset=utf-8' : 'image/svg+xml';
}

/** Compressed once, in the best form that the browser takes. */
function serve(content: Buffer, headers: OutgoingHttpHeaders): StaticHandler {
  const forms = [
    { coding: 'br', body: brotliCompressSync(content) },
    { coding: 'gzip', body: gzipSync(content) },
  ];
  const shared = {
    ...headers,
    Vary: 'Accept-Encoding',
    'X-Content-Type-Options': 'nosniff',
    'Cross-Origin-Resource-Policy': 'same-origin',
  };
  return (request, response) => {
    const form = forms.find(({ coding }) => accepts(request.headers['accept-encoding'], coding));
    const body = form?.body ?? content;
    response.writeHead(200, {
      ...shared,
      ...(form && { 'Content-Encoding': form.coding }),
      'Content-Length': body.length,
    });
    response.end(request.method === 'HEAD' ? undefined : body);
  };
}

function accepts(header: string | string[] | undefined, coding: string): boolean {
  return String(header ?? '')
    .split(',')
    .some((entry) => new RegExp(`^\\s*${coding}\\s*(;(?!\\s*q=0(\\.0*)?\\s*$)|$)`, 'i').test(entry));
}

/** This file runs as `src/console-routes.ts` or, built, as `dist/src/console-routes.js`. */
function builtConsole(): string {
  const place = import.meta.url.endsWith('.ts') ? '../dist/console' : '../console';
  return fileURLToPath(new URL(place, import.meta.url));
}
