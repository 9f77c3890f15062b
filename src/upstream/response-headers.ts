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
    if (name === 'set-cookie') headers[name] = [value].flat().map(decodeValue);
    else headers[name] = typeof value === 'string' ? decodeValue(value) : value.map(decodeValue).join(', ');
  }
  return headers;
}

/** UTF-8 where the bytes are: a secret with an `é` that is echoed in a header must be found there. */
function decodeValue(value: string): string {
  if (!/[\x80-\xff]/.test(value)) return value;
  const bytes = Buffer.from(value, 'latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : value;
}
