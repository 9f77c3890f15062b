import type { IncomingMessage, ServerResponse } from 'node:http';

/** Request headers that say who calls. */
const CALLER_HEADERS = [
  'Authorization',
  'X-Client-Id',
  'X-Client-Secret',
  'X-IBM-Client-Id',
  'X-IBM-Client-Secret',
  'X-Visitor-Id',
];
/** Request headers that a page may send. */
const ALLOWED_HEADERS = ['Content-Type', ...CALLER_HEADERS, 'X-Request-Id'].join(', ');
const PREFLIGHT_SECONDS = '600';

/**
 * The server's own origin, as the page that calls would write it. Without a configured one it is what `Host` names: a page
 * cannot set that header, and TLS may end before this process, so both schemes count.
 */
export function serverOrigin(req: IncomingMessage, publicOrigin: string | null): string {
  if (publicOrigin !== null) return publicOrigin;
  const { host = '', origin } = req.headers;
  return origin === `https://${host}` ? origin : `http://${host}`;
}

/** Lets pages of this origin, and no other, read the answer. */
export function grantOrigin(res: ServerResponse, origin: string): void {
  res.setHeader('Access-Control-Allow-Origin', origin);
  res.setHeader('Access-Control-Expose-Headers', 'X-Request-Id');
}

/** Lets any page read the answer: for what holds nothing of anybody's. */
export function grantAnyPage(res: ServerResponse): void {
  res.setHeader('Access-Control-Allow-Origin', '*');
}

/** Whether the request does not even try to say who calls. */
export function namesNobody(req: IncomingMessage): boolean {
  return CALLER_HEADERS.every((name) => req.headers[name.toLowerCase()] === undefined);
}

/** Lets pages of an origin that was granted send the request that they ask about. */
export function grantPreflight(res: ServerResponse): void {
  res.setHeader('Access-Control-Allow-Methods', 'GET, POST');
  res.setHeader('Access-Control-Allow-Headers', ALLOWED_HEADERS);
  res.setHeader('Access-Control-Max-Age', PREFLIGHT_SECONDS);
}
