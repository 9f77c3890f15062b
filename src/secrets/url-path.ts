// pure
/**
 * Whether every reader of a path must read it alike: no dot segment, slash or backslash hides in it at any depth of
 * percent-encoding (BEHAVIOUR 2). Servers and proxies decode once, twice or not at all; the same prefix must hold for all.
 * Takes the raw path, as it stood in the URL: `new URL` has already taken dot segments out of its `pathname`.
 */
export function isUnambiguousPath(path: string): boolean {
  if (path.includes('\\')) return false;
  if (!path.includes('%')) return !DOT_SEGMENT_IN_PATH.test(path);
  return path.split('/').every((segment) => isUnambiguousSegment(decodeFully(segment)));
}

// Some servers cut a segment at ";" (`..;x` is then `..`) or strip the spaces around it.
const DOT_SEGMENT_IN_PATH = /(?:^|\/)\.{1,2}(?:;[^/]*)?(?:\/|$)/;
const DOT_SEGMENT = /^ *\.{1,2} *(?:;.*)?$/s;
// URL parsers strip tabs and line breaks, C code stops at NUL: what is left may be a dot segment.
const SEPARATOR_OR_CONTROL = /[/\\\p{Cc}]/u;
// Bytes that encode an ASCII character in more bytes than it needs: lenient decoders see a slash in C0 AF.
const OVERLONG = /[\xc0\xc1][\x80-\xbf]|\xe0[\x80-\x9f][\x80-\xbf]|\xf0[\x80-\x8f][\x80-\xbf]{2}/;

function isUnambiguousSegment(decoded: string): boolean {
  return !SEPARATOR_OR_CONTROL.test(decoded) && !OVERLONG.test(decoded) && !DOT_SEGMENT.test(decoded);
}

const OPEN_ESCAPE = /%[0-9a-f]?$/i;
const REST_OF_ESCAPE = /^[0-9a-f]/i;
/** A value that begins with ";" or a space makes a dot segment of it. */
const OPEN_DOT_SEGMENT = /^ *\.{0,2} *$/;

/**
 * Whether it depends on a value if a segment that it stands in is unambiguous: to send what has one value and to refuse what
 * has another would tell how they begin or end. `pieces` is the raw text before, between and behind the places where it stands.
 */
export function tellsOfValue(pieces: readonly string[]): boolean {
  return pieces.some((piece, index) => {
    if (piece === '') return false;
    const decoded = decodeFully(piece);
    if (index > 0 && REST_OF_ESCAPE.test(decoded)) return true;
    if (index === pieces.length - 1) return false;
    return OPEN_ESCAPE.test(decoded) || (index === 0 && OPEN_DOT_SEGMENT.test(decoded));
  });
}

const PERCENT = 0x25;

/**
 * Decodes until nothing is left to decode, each byte to the code unit of its number. One pass: what a decoded character
 * completes (`%25` before `2f`) is decoded as soon as it is complete, so that deep nesting costs no more than its length.
 */
function decodeFully(segment: string): string {
  const units: number[] = [];
  for (let index = 0; index < segment.length; index++) {
    units.push(segment.charCodeAt(index));
    for (let byte = encodedByteAtEnd(units); byte !== null; byte = encodedByteAtEnd(units)) {
      units.splice(-3, 3, byte);
    }
  }
  // In slices: a call takes only so many arguments.
  let text = '';
  for (let start = 0; start < units.length; start += 8192)
    text += String.fromCharCode(...units.slice(start, start + 8192));
  return text;
}

/** The byte that the last three units spell as `%XX`, or null. */
function encodedByteAtEnd(units: readonly number[]): number | null {
  if (units.at(-3) !== PERCENT) return null;
  const high = hexDigit(units.at(-2));
  const low = hexDigit(units.at(-1));
  return high === null || low === null ? null : high * 16 + low;
}

function hexDigit(unit: number | undefined): number | null {
  if (unit === undefined) return null;
  if (unit >= 0x30 && unit <= 0x39) return unit - 0x30;
  const lower = unit | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x61 + 10 : null;
}
