import { isUtf8 } from 'node:buffer';
import type { ResponseHeaders, ResponseKind, StoredResponse } from '../requests/request.ts';
import type { Scrubber } from '../scrubbing/scrubber.ts';
import { decoderOf, isJsonType, isTextType, parseContentType } from './body-text.ts';
import type { UpstreamResponse } from './exchange.ts';
import { isJson, nestsDeeperThan, scrubJsonTokens } from './json-text.ts';
import { type ResponseText, toResponseText } from './response-text.ts';

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
  if (text.includes('\0')) return toBinary(withoutSecretOf(text, body, decoder, scrubber), scrubber);
  const scrubbed = toResponseText(body, text, decoder, scrubber);
  if (isJsonType(essence)) {
    const json = asJson(scrubbed, scrubber);
    if (json !== null) return { kind: 'json', body: json };
  }
  return { kind: 'text', body: scrubbed.clean };
}

/** In a charset of its own the secret has other bytes than those that are looked for: its text stands for them, in UTF-8. */
function withoutSecretOf(text: string, body: Buffer, decoder: TextDecoder, scrubber: Scrubber): Buffer {
  if (decoder.encoding === 'utf-8') return body;
  const clean = scrubber.scrubText(text);
  return clean === text ? body : Buffer.from(clean);
}

function toBinary(body: Buffer, scrubber: Scrubber): StoredBody {
  return { kind: 'binary', body: scrubber.scrubBytes(body).toString('base64') };
}

/** The scrubbed text if it is JSON still, or was before and can be kept so; otherwise null. */
function asJson({ text, clean }: ResponseText, scrubber: Scrubber): string | null {
  if (nestsDeeperThan(MAX_JSON_LEVELS, text)) return null;
  if (isJson(clean)) {
    if (printsClean(clean, scrubber)) return clean;
  } else if (clean === text || !isJson(text)) return null;
  const tokens = scrubJsonTokens(text, (token) => scrubber.scrubText(token));
  const isClean = scrubber.scrubText(tokens) === tokens && isJson(tokens) && printsClean(tokens, scrubber);
  return isClean ? tokens : null;
}

/** Nobody gets the text of it: it is parsed and printed again, numbers in another form and without its blanks. */
function printsClean(json: string, scrubber: Scrubber): boolean {
  if (!scrubber.mayBePrinted) return true;
  const printed = JSON.stringify(JSON.parse(json));
  return scrubber.scrubText(printed) === printed;
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
