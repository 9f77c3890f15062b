// pure
import { Buffer } from 'node:buffer';
import { invalidParameter, type KeyholeError } from '../errors.ts';
import { formatPath, type ParameterPath } from './parameter-path.ts';

export type PlaceholderName = 'CLIENT_SECRET' | 'CLIENT_ID';

/** What the placeholders stand for. `clientSecret` is plaintext: it must not outlive the function that sends. */
export interface PlaceholderValues {
  clientSecret: string;
  clientId: string | null;
}

export type SimpleSegment = { kind: 'text'; text: string } | { kind: 'placeholder'; name: PlaceholderName };
export type Segment = SimpleSegment | { kind: 'base64'; segments: readonly SimpleSegment[] };

const SIMPLE = /\$(CLIENT_SECRET|CLIENT_ID)(?![\p{L}\p{Nd}_])/gu;
const ANY = /\$(?:(CLIENT_SECRET|CLIENT_ID)(?![\p{L}\p{Nd}_])|(BASE64)\()/gu;

/**
 * Text and placeholders in turn (BEHAVIOUR 3). A name ends where no letter, digit (of any script) or underscore follows.
 * `$BASE64(` runs to the first `)` and does not nest: within it another `$BASE64(` is plain text.
 * Throws INVALID_PARAMETER at `path` where it is not closed, or has no placeholder in it.
 */
export function parseSegments(text: string, path: ParameterPath): readonly Segment[] {
  if (!text.includes('$')) return [{ kind: 'text', text }];
  const segments: Segment[] = [];
  let end = 0;
  ANY.lastIndex = 0;
  for (let match = ANY.exec(text); match !== null; match = ANY.exec(text)) {
    if (match.index > end) segments.push({ kind: 'text', text: text.slice(end, match.index) });
    end = match.index + match[0].length;
    if (match[2] === undefined) {
      segments.push(placeholder(match[1]));
      continue;
    }
    const close = text.indexOf(')', end);
    if (close === -1) throw invalidParameter(formatPath(path), '$BASE64( is not closed: its ) is missing.');
    segments.push({ kind: 'base64', segments: parseBase64Argument(text.slice(end, close), path) });
    end = close + 1;
    ANY.lastIndex = end;
  }
  if (end < text.length || segments.length === 0) segments.push({ kind: 'text', text: text.slice(end) });
  return segments;
}

function parseBase64Argument(text: string, path: ParameterPath): readonly SimpleSegment[] {
  const segments: SimpleSegment[] = [];
  let end = 0;
  for (const match of text.matchAll(SIMPLE)) {
    if (match.index > end) segments.push({ kind: 'text', text: text.slice(end, match.index) });
    segments.push(placeholder(match[1]));
    end = match.index + match[0].length;
  }
  if (segments.length === 0) {
    throw invalidParameter(formatPath(path), '$BASE64(…) has neither $CLIENT_SECRET nor $CLIENT_ID in it.');
  }
  if (end < text.length) segments.push({ kind: 'text', text: text.slice(end) });
  return segments;
}

function placeholder(name: string | undefined): SimpleSegment {
  return { kind: 'placeholder', name: name === 'CLIENT_ID' ? 'CLIENT_ID' : 'CLIENT_SECRET' };
}

/**
 * The text with the values in it, each put in once and passed through `encode` for the place where it stands (the text
 * around it is not). Throws INVALID_PARAMETER at `path` for a `$CLIENT_ID` that has no value.
 */
export function substitute(
  text: string,
  path: ParameterPath,
  values: PlaceholderValues,
  encode: (value: string) => string = asItIs,
): string {
  if (!text.includes('$')) return text;
  let result = '';
  for (const segment of parseSegments(text, path)) {
    if (segment.kind === 'text') result += segment.text;
    else if (segment.kind === 'placeholder') result += encode(valueFor(segment.name, values, path));
    else result += encode(base64(segment.segments, values, path));
  }
  return result;
}

function base64(segments: readonly SimpleSegment[], values: PlaceholderValues, path: ParameterPath): string {
  let text = '';
  for (const segment of segments) {
    text += segment.kind === 'text' ? segment.text : valueFor(segment.name, values, path);
  }
  return Buffer.from(text, 'utf8').toString('base64');
}

function valueFor(name: PlaceholderName, values: PlaceholderValues, path: ParameterPath): string {
  if (name === 'CLIENT_SECRET') return values.clientSecret;
  if (values.clientId === null) throw missingClientId(formatPath(path));
  return values.clientId;
}

/** `$CLIENT_ID` stands at `parameter`, and the client secret has none. */
export function missingClientId(parameter: string): KeyholeError {
  return invalidParameter(parameter, 'The client secret has no client ID to stand for $CLIENT_ID.');
}

function asItIs(value: string): string {
  return value;
}
