import type { Buffer } from 'node:buffer';
import { invalidParameter } from '../errors.ts';
import { fitsHeader } from '../requests/header-rules.ts';
import { headerValue } from '../requests/media-type.ts';
import { formatPath } from '../requests/parameter-path.ts';
import { type PlaceholderHost, takesData } from '../requests/placeholder-uses.ts';
import { type PlaceholderValues, substitute } from '../requests/placeholders.ts';
import { AMBIGUOUS_PATH, splitUrl } from '../requests/request-url.ts';
import { isUnambiguousPath } from '../secrets/url-path.ts';
import { CONTENT_ENCODINGS } from './content-encodings.ts';
import { percentEncode } from './encode.ts';
import type { OutboundRequest } from './exchange.ts';
import { encodeQuery } from './pairs.ts';
import { encodeBody } from './request-body.ts';

const ACCEPT_ENCODING = CONTENT_ENCODINGS.join(', ');

/**
 * A request that `parseSubmission` passed, with the values in it. What it returns holds plaintext: for the socket alone.
 * Throws INVALID_PARAMETER where a value cannot stand; the message holds no value.
 */
export function buildOutbound(request: PlaceholderHost, values: PlaceholderValues, userAgent: string): OutboundRequest {
  const { method } = request;
  const headers = buildHeaders(request.headers, values);
  const sentNames = new Map([...headers.keys()].map((name) => [name.toLowerCase(), name]));
  if (!sentNames.has('user-agent')) headers.set('user-agent', userAgent);
  if (!sentNames.has('accept-encoding')) headers.set('accept-encoding', ACCEPT_ENCODING);
  let url = buildUrl(request.url, values);
  let body: string | Buffer | null = null;
  if (request.body !== undefined && request.body !== null) {
    if (takesData(method)) {
      const typeName = sentNames.get('content-type') ?? 'content-type';
      const submittedType = headerValue(request.headers, 'content-type');
      const encoded = encodeBody(request.body, submittedType, headers.get(typeName), values);
      headers.set(typeName, encoded.contentType);
      body = encoded.body;
    } else {
      url = appendQuery(url, encodeQuery(request.body, values));
    }
  }
  return { url, urlIsPlain: url === request.url, method, headers, body };
}

function buildHeaders(headers: PlaceholderHost['headers'], values: PlaceholderValues): Map<string, string> {
  // In an object names such as 2 would come first, and __proto__ would be none.
  const built = new Map<string, string>();
  if (headers === null) return built;
  for (const name of Object.keys(headers)) {
    const path = ['input', 'headers', name];
    const value = substitute(String(headers[name]), path, values, (text) => {
      if (fitsHeader(text)) return text;
      throw invalidParameter(formatPath(path), 'A value in it is not printable ASCII, or has a space at an end.');
    });
    built.set(name, value);
  }
  return built;
}

function buildUrl(url: string, values: PlaceholderValues): string {
  const parts = splitUrl(url);
  if (parts === null) throw invalidParameter('input.url', 'Not a URL that can be sent.');
  if (!url.includes('$')) return url;
  const at = ['input', 'url'];
  const path = substitute(parts.path, at, values, percentEncode);
  if (!isUnambiguousPath(path)) throw invalidParameter('input.url', `With the values in it: ${AMBIGUOUS_PATH}`);
  return parts.origin + path + substitute(parts.query, at, values, percentEncode);
}

/** To a URL without a fragment, after what it has of its own. */
function appendQuery(url: string, query: string): string {
  if (query === '') return url;
  if (!url.includes('?')) return `${url}?${query}`;
  return /[?&]$/.test(url) ? url + query : `${url}&${query}`;
}
