import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

/** Answers GET and HEAD of one path. */
export type StaticHandler = (request: IncomingMessage, response: ServerResponse) => void;

export interface ClientRoutesOptions {
  /** Whether to offer `/example`: everywhere but in production. */
  example: boolean;
  /** Where `npm run build:client` put the files; unless told, the package's own `dist/client`. */
  directory?: string;
}

/** The client library at `/client.js`, and the page that shows how to use it. */
export function clientRoutes({ example, directory = builtClient() }: ClientRoutesOptions): Map<string, StaticHandler> {
  const routes = new Map<string, StaticHandler>();
  const script = readBuilt(directory, 'client.js');
  routes.set('/client.js', serve(script, scriptHeaders));
  if (example) {
    const page = readBuilt(directory, 'example.html');
    routes.set('/example', serve(page, pageHeaders(page?.toString() ?? '')));
  }
  return routes;
}

/** What stands in `integrity` for a script of these bytes (W3C Subresource Integrity). */
export function integrityOf(script: Uint8Array): string {
  return `sha384-${createHash('sha384').update(script).digest('base64')}`;
}

const scriptHeaders = {
  'Content-Type': 'text/javascript; charset=utf-8',
  // The path names no version, so that a copy must soon be asked about; the ETag makes that cheap.
  'Cache-Control': 'public, max-age=300',
  // It holds nothing of anybody's, and an integrity hash works on other origins with CORS alone.
  'Access-Control-Allow-Origin': '*',
  'Cross-Origin-Resource-Policy': 'cross-origin',
};

/** The page may run its own inline script and style, told by their hashes, and nothing else. */
function pageHeaders(html: string): OutgoingHttpHeaders {
  const policy = [
    "default-src 'none'",
    `script-src 'self' ${inlineHash(html, 'script')}`,
    `style-src ${inlineHash(html, 'style')}`,
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ];
  return {
    'Content-Type': 'text/html; charset=utf-8',
    'Cache-Control': 'no-cache',
    'Content-Security-Policy': policy.join('; '),
    'Referrer-Policy': 'no-referrer',
  };
}

function inlineHash(html: string, element: 'script' | 'style'): string {
  const content = new RegExp(`<${element}[^>]*>(.*?)</${element}>`, 's').exec(html)?.[1] ?? '';
  return `'sha256-${createHash('sha256').update(content).digest('base64')}'`;
}

function serve(content: Buffer | undefined, headers: OutgoingHttpHeaders): StaticHandler {
  if (!content) return (_request, response) => refuse(response, 404, 'Not built: npm run build:client');
  const compressed = gzipSync(content);
  // Weak: the same for the compressed bytes.
  const etag = `W/"${createHash('sha256').update(content).digest('base64url')}"`;
  const shared = { ...headers, ETag: etag, Vary: 'Accept-Encoding', 'X-Content-Type-Options': 'nosniff' };

  return (request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(response, 405, 'GET only');
    if (request.headers['if-none-match']?.includes(etag)) return void response.writeHead(304, shared).end();
    const takesGzip = /\bgzip\b(?!;q=0\b(?!\.))/.test(String(request.headers['accept-encoding'] ?? ''));
    const body = takesGzip ? compressed : content;
    response.writeHead(200, {
      ...shared,
      ...(takesGzip && { 'Content-Encoding': 'gzip' }),
      'Content-Length': body.length,
    });
    response.end(request.method === 'HEAD' ? undefined : body);
  };
}

function refuse(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, {
    'Content-Type': 'text/plain; charset=utf-8',
    ...(status === 405 && { Allow: 'GET, HEAD' }),
  });
  response.end(message);
}

/** This file runs as `src/client-routes.ts` or, built, as `dist/src/client-routes.js`. */
function builtClient(): string {
  const place = import.meta.url.endsWith('.ts') ? '../dist/client' : '../client';
  return fileURLToPath(new URL(place, import.meta.url));
}

function readBuilt(directory: string, name: string): Buffer | undefined {
  const path = `${directory}/${name}`;
  return existsSync(path) ? readFileSync(path) : undefined;
}
