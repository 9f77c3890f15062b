import { isUtf8 } from 'node:buffer';
import type { ResponseHeaders, ResponseKind, StoredResponse } from '../requests/request.ts';
import type { Scrubber } from '../scrubbing/scrubber.ts';
import { decoderOf, isJsonType, isTextType, parseContentType } from './body-text.ts';
import type { UpstreamResponse } from './exchange.ts';
import { isJson, nestsDeeperThan, scrubJsonTokens } from './json-text.ts';

/** JSON that nests deeper stays text (BEHAVIOUR 3). */
const MAX_JSON_LEVELS = 100;

/** The response as it may be kept and shown: the secret taken out of it, the body as JSON, text or Base64. */
export function toStoredResponse(response: UpstreamResponse, scrubber: Scrubber): StoredResponse {
  const { statusCode, body } = response;
  const headers = withoutNul(scrubber.scrubHeaders(response.headers));
  if (body === null || body.length === 0) return { statusCode, headers, kind: null, body: null };
  return { statusCode, headers, ...toStoredBody(body, contentTypeOf(response.headers), scrubber) };
}

interface StoredBody {
  kind: ResponseKind;
  body: string;
}

function toStoredBody(body: Buffer, header: string | undefined, scrubber: Scrubber): StoredBody {
  const { essence, charset } = parseContentType(header);
  const isText = essence === '' ? isUtf8(body) : isTextType(essence);
  if (!isText) return toBinary(body, scrubber);
  const decoder = decoderOf(body, charset);
  const text = decoder.decode(body);
  // Postgres cannot store it, and it is no text.
  if (text.includes('\0')) return toBinary(body, scrubber);
  const clean = scrubDecoded(body, text, decoder, scrubber);
  if (isJsonType(essence)) {
    const json = asJson(text, clean, scrubber);
    if (json !== null) return { kind: 'json', body: json };
  }
  return { kind: 'text', body: clean };
}

function toBinary(body: Buffer, scrubber: Scrubber): StoredBody {
  return { kind: 'binary', body: scrubber.scrubBytes(body).toString('base64') };
}

/** `text` is what `decoder` makes of the body. */
function scrubDecoded(body: Buffer, text: string, decoder: TextDecoder, scrubber: Scrubber): string {
  if (decoder.encoding !== 'utf-8') {
    const clean = scrubber.scrubText(text);
    if (clean !== text) return clean;
  }
  // Of a charset that is a lie too: the text would not show the secret, but whoever undoes the decoding would have it.
  const bytes = scrubber.scrubBytes(body);
  return bytes === body ? text : scrubber.scrubText(decoder.decode(bytes).replaceAll('\0', '\ufffd'));
}

/** The scrubbed text if it is JSON still, or was before and can be kept so; otherwise null. */
function asJson(text: string, clean: string, scrubber: Scrubber): string | null {
  if (nestsDeeperThan(MAX_JSON_LEVELS, text)) return null;
  if (isJson(clean)) return clean;
  if (clean === text || !isJson(text)) return null;
  const tokens = scrubJsonTokens(text, (token) => scrubber.scrubText(token));
  return scrubber.scrubText(tokens) === tokens && isJson(tokens) ? tokens : null;
}

function contentTypeOf(headers: ResponseHeaders): string | undefined {
  const header = headers['content-type'];
  return Array.isArray(header) ? header[0] : header;
}

/** Postgres stores no NUL in JSON. HTTP allows none in a header, so it is rare. */
function withoutNul(headers: ResponseHeaders): ResponseHeaders {
  if (!hasNul(headers)) return headers;
  const clean = (text: string) => text.replaceAll('\0', '');
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      clean(name),
      typeof value === 'string' ? clean(value) : value.map(clean),
    ]),
  );
}

function hasNul(headers: ResponseHeaders): boolean {
  for (const name of Object.keys(headers)) {
    const value = headers[name] ?? '';
    if (name.includes('\0') || (typeof value === 'string' ? value.includes('\0') : value.some(hasNulIn))) return true;
  }
  return false;
}

function hasNulIn(text: string): boolean {
  return text.includes('\0');
}
