import { Changes } from './scrubber-changes.ts';
import { EscapeReader, leadsEscape } from './scrubber-escapes.ts';

/**
 * A text with every escape undone, as often as it was done, and without what may be put into a text or doubled by an
 * encoding: backslashes, line breaks, NUL. Two texts with equal canonical bytes are taken for the same.
 */
export interface Canonical {
  bytes: Uint8Array;
  /** Where `bytes` and the source differ. */
  changes: Changes;
  /** As `canonicalise` was told. */
  ownBackslashes: boolean;
}

const ORDINARY = 0;
const DROPPED = 1;
const LEADER = 2;
const KINDS = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (leadsEscape(byte)) return LEADER;
  return isDropped(byte) ? DROPPED : ORDINARY;
});

/** True for a decoded value that has no place in canonical bytes. */
export function isDropped(value: number): boolean {
  return value === 0x5c || value === 0x0a || value === 0x0d || value === 0;
}

/** `ownBackslashes` as in EscapeReader. */
export function canonicalise(source: Uint8Array, ownBackslashes: boolean): Canonical {
  const first = indexOfUnusual(source, 0);
  if (first === source.length) return { bytes: source, changes: new Changes(), ownBackslashes };
  const bytes = new Uint8Array(source.length);
  const changes = new Changes();
  const reader = new EscapeReader(source, ownBackslashes);
  let length = 0;
  let at = 0;
  for (let unusual = first; at < source.length; unusual = indexOfUnusual(source, at)) {
    length = copy(source, at, unusual, bytes, length);
    at = unusual;
    if (at === source.length) break;
    reader.read(at);
    const start = length;
    length = write(reader.value, reader.isByte, bytes, length);
    if (reader.end > at + 1 || length === start) {
      changes.add(start, length, at, reader.end);
    }
    at = reader.end;
  }
  return { bytes: bytes.subarray(0, length), changes, ownBackslashes };
}

/** Writes the bytes of a decoded value (UTF-8 of a code point; nothing of one that is left out) and returns the new length. */
export function write(value: number, isByte: boolean, bytes: Uint8Array, length: number): number {
  let end = length;
  if (isDropped(value)) return end;
  if (isByte || value < 0x80) bytes[end++] = value;
  else if (value < 0x800) {
    bytes[end++] = 0xc0 | (value >> 6);
    bytes[end++] = 0x80 | (value & 0x3f);
  } else {
    if (value < 0x10000) bytes[end++] = 0xe0 | (value >> 12);
    else {
      bytes[end++] = 0xf0 | (value >> 18);
      bytes[end++] = 0x80 | ((value >> 12) & 0x3f);
    }
    bytes[end++] = 0x80 | ((value >> 6) & 0x3f);
    bytes[end++] = 0x80 | (value & 0x3f);
  }
  return end;
}

function indexOfUnusual(source: Uint8Array, from: number): number {
  let at = from;
  while (at < source.length && KINDS[source[at] ?? 0] === ORDINARY) at++;
  return at;
}

/** Short stretches are the rule between escapes, and for them a loop beats `set`. */
function copy(source: Uint8Array, from: number, to: number, target: Uint8Array, length: number): number {
  if (to - from > 64) target.set(source.subarray(from, to), length);
  else for (let at = from; at < to; at++) target[length + at - from] = source[at] ?? 0;
  return length + to - from;
}
