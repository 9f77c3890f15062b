// pure
import { isUtf8 } from 'node:buffer';
import type { ResponseHeaders } from '../requests/request.ts';

/** Headers as the HTTP parser gives them: lower-case names, each byte of a value a character, repeated ones in an array. */
export type ParsedHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** As BEHAVIOUR 3 has them: repeated ones joined with `, `, `set-cookie` an array. */
export function normalizeHeaders(parsed: ParsedHeaders): ResponseHeaders {
  // Without a prototype __proto__, which is a header name like any other, is a key like any other.
  const headers: ResponseHeaders = Object.create(null);
  for (const name of Object.keys(parsed)) {
    const value = parsed[name] ?? [];
    if (name === 'set-cookie') headers[name] = [value].flat().map((cookie) => decodeValue(withoutBlanks(cookie)));
    else headers[name] = decodeValue(typeof value === 'string' ? withoutBlanks(value) : joined(value));
  }
  return headers;
}

/** The body has a transfer coding beside the chunks (RFC 9112, 7), which the parser leaves on it. */
export function hasTransferCoding(parsed: ParsedHeaders): boolean {
  const header = parsed['transfer-encoding'];
  if (header === undefined || header === 'chunked') return false;
  const codings = String(header)
    .toLowerCase()
    .split(',')
    .map((coding) => coding.trim());
  return codings.join() !== 'chunked';
}

/** Joined before they are decoded: what is kept is UTF-8 or Latin-1 as a whole, and searched as such. */
function joined(values: readonly string[]): string {
  return values.map(withoutBlanks).join(', ');
}

/** Those around it are not part of a value (RFC 9112, 5); the parser leaves those behind it. */
function withoutBlanks(value: string): string {
  let end = value.length;
  while (value[end - 1] === ' ' || value[end - 1] === '\t') end--;
  return value.slice(0, end);
}

/** UTF-8 where the bytes are: a secret with an `é` that is echoed in a header must be found there. */
function decodeValue(value: string): string {
  if (!/[\x80-\xff]/.test(value)) return value;
  const bytes = Buffer.from(value, 'latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : value;
}
