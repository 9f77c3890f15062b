// pure
import { invalidParameter, type KeyholeError } from '../errors.ts';
import { formatPath } from './parameter-path.ts';
import { parseSegments } from './placeholders.ts';

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const PRINTABLE_ASCII = /^[ -~]*$/;

/**
 * Those of one hop (RFC 9110, 7.6.1) and those that say how the message is framed or routed: the server's own. So is all
 * that begins with `proxy-`. `Accept-Encoding` is not among them: whatever comes back is decoded, or withheld.
 */
const REFUSED = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'http2-settings',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

export function isPrintableAscii(text: string): boolean {
  return PRINTABLE_ASCII.test(text);
}

/**
 * Whether a header carries a value whole. HTTP takes spaces off both ends of a header's value (RFC 9112, 5), and those who
 * read `Bearer` take them off its token: another value would arrive than the one that was kept.
 */
export function fitsHeader(value: string): boolean {
  return isPrintableAscii(value) && !value.startsWith(' ') && !value.endsWith(' ');
}

/** Throws INVALID_PARAMETER with the path of the header (`input.headers.Host`) that cannot be sent. */
export function checkHeaders(headers: unknown): Readonly<Record<string, string | number>> {
  if (typeof headers !== 'object' || headers === null || Array.isArray(headers)) {
    throw invalidParameter('input.headers', 'Must be an object of names and values.');
  }
  const names = Object.keys(headers);
  const seen = new Set<string>();
  for (const name of names) {
    const lowerCase = name.toLowerCase();
    if (!TOKEN.test(name)) throw fault(name, 'Not a header name.');
    if (REFUSED.has(lowerCase) || lowerCase.startsWith('proxy-')) {
      throw fault(name, 'This header is set by the server alone.');
    }
    if (seen.has(lowerCase)) throw fault(name, 'Given twice: header names are compared without case.');
    seen.add(lowerCase);
    checkValue(name, (headers as Record<string, unknown>)[name]);
  }
  // Every value was seen to be a string or a number.
  return headers as Record<string, string | number>;
}

function checkValue(name: string, value: unknown): void {
  if (typeof value === 'number' && Number.isFinite(value)) return;
  if (typeof value !== 'string') throw fault(name, 'Must be a string or a number.');
  if (isPrintableAscii(value)) return;
  // What stands within $BASE64(…) is not sent as it is.
  for (const segment of parseSegments(value, ['input', 'headers', name])) {
    if (segment.kind === 'text' && !isPrintableAscii(segment.text)) {
      throw fault(name, 'Must be printable ASCII.');
    }
  }
}

function fault(name: string, message: string): KeyholeError {
  return invalidParameter(formatPath(['input', 'headers', name]), message);
}
