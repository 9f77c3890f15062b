import type { IncomingMessage } from 'node:http';

const ABSOLUTE = /^https?:\/\/([^/?#]*)/i;
const SLASH = 47;

/**
 * Makes `http://host/path`, which a client may send as to a proxy, the path that servers are mostly sent; its host then counts
 * for the one of `Host` (RFC 9112 3.2.2).
 */
export function toOriginForm(req: IncomingMessage): void {
  const { url = '' } = req;
  if (url.charCodeAt(0) === SLASH) return;
  const [start, host] = ABSOLUTE.exec(url) ?? [];
  if (start === undefined) return;
  const rest = url.slice(start.length);
  req.url = rest.startsWith('/') ? rest : `/${rest}`;
  req.headers.host = host;
}
