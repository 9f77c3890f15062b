import { type Canonical, canonicalise, isDropped, write } from './scrubber-canonical.ts';
import { EscapeReader, leadsEscape, type Reading } from './scrubber-escapes.ts';
import { type Pattern, plainPattern } from './scrubber-patterns.ts';

/** The end of a secret that a neighbour behind it may make an escape of, such as `%` and `%4`; and what comes before it. */
export interface Tail {
  before: Pattern;
  tail: Pattern;
  /** Both in one. */
  whole: Pattern;
}

/** No name or number that an escape is made of is longer. */
const LONGEST_TAIL = 40;
const BACKSLASH = 0x5c;

export function tailsOf(value: string, ownBackslashes: boolean): Tail[] {
  const bytes = Buffer.from(value);
  const tails: Tail[] = [];
  for (let at = Math.max(0, bytes.length - LONGEST_TAIL); at < bytes.length; at++) {
    if (!leadsEscape(bytes[at] ?? 0)) continue;
    const tail = bytes.subarray(at).filter((byte) => !isDropped(byte));
    if (tail.length === 0) continue; // Backslashes at the end are nothing anyway.
    const before = canonicalise(bytes.subarray(0, at), ownBackslashes).bytes;
    const whole = Buffer.concat([before, tail]);
    tails.push({ before: plainPattern(before), tail: plainPattern(tail), whole: plainPattern(whole) });
  }
  return tails;
}

/**
 * Finds what undoing escapes hides, because a neighbour and a part of the secret look like one escape: `%` before a secret
 * that begins with `41`, or `41` after one that ends with `%`. Reads again from within each escape, and takes every reading
 * of every byte. `found` gets places in the source.
 */
export function searchBorders(
  source: Uint8Array,
  { bytes, changes, ownBackslashes }: Canonical,
  patterns: readonly Pattern[],
  tails: readonly Tail[],
  found: (start: number, end: number) => void,
): void {
  if (changes.count === 0) return;
  const wholes = [...patterns, ...tails.map(({ whole }) => whole)];
  const matcher = new BorderMatcher(source, ownBackslashes);
  for (let index = 0; index < changes.count; index++) {
    const start = changes.start(index);
    const sourceStart = changes.sourceStart(index);
    for (let at = sourceStart + 1; at < changes.sourceEnd(index); at++) {
      const byte = source[at] ?? 0;
      const isEscape = leadsEscape(byte);
      if (isEscape && matcher.isNothing(at)) continue;
      for (const pattern of wholes) {
        if (!isEscape && pattern.fold[byte] !== pattern.bytes[0]) continue;
        const end = matcher.match(pattern, at);
        if (end >= 0) found(at, end);
      }
    }
    for (const { before, tail } of tails) {
      if (!matcher.endsWith(bytes, start, before)) continue;
      const end = matcher.match(tail, sourceStart);
      const isWhole = before.bytes.length === 0;
      if (end >= 0) found(isWhole ? sourceStart : changes.sourceSpan(start - before.bytes.length, start)[0], end);
    }
    if (matcher.isExhausted) {
      found(sourceStart, source.length);
      return;
    }
  }
}

/**
 * Compares byte by byte, which for a long secret that repeats itself could take quadratic time. So it has a budget, and when
 * that is spent the rest of the text is taken for the secret: better to scrub too much.
 */
class BorderMatcher {
  readonly #source: Uint8Array;
  readonly #reader: EscapeReader;
  readonly #unit = new Uint8Array(4);
  #budget: number;

  get isExhausted(): boolean {
    return this.#budget < 0;
  }

  constructor(source: Uint8Array, ownBackslashes: boolean) {
    this.#source = source;
    this.#reader = new EscapeReader(source, ownBackslashes);
    this.#budget = 100_000 + source.length;
  }

  /** Where the pattern, from its byte `index` on, ends if it is read from `start` of the source; -1 if it cannot be read there. */
  match(pattern: Pattern, start: number, index = 0): number {
    const { bytes: wanted, fold } = pattern;
    let at = start;
    let matched = index;
    while (matched < wanted.length) {
      if (at >= this.#source.length) return -1;
      if (at > start && --this.#budget < 0) return -1;
      const byte = this.#source[at] ?? 0;
      if (leadsEscape(byte)) {
        const readings = this.#reader.readings(at);
        const last = readings.pop();
        for (const reading of readings) {
          const next = this.#matchUnit(pattern, matched, reading);
          const end = next < 0 ? -1 : this.match(pattern, reading.end, next);
          if (end >= 0) return end;
        }
        if (last === undefined) return -1;
        matched = this.#matchUnit(pattern, matched, last);
        if (matched < 0) return -1;
        at = last.end;
      } else {
        if (!isDropped(byte) && fold[byte] !== wanted[matched++]) return -1;
        at++;
      }
    }
    return at;
  }

  /** True where what stands there is left out of canonical bytes: no occurrence begins with it. */
  isNothing(at: number): boolean {
    if (this.#source[at] !== BACKSLASH) return false;
    this.#reader.read(at);
    return isDropped(this.#reader.value);
  }

  endsWith(bytes: Uint8Array, end: number, { bytes: wanted, fold }: Pattern): boolean {
    if (end < wanted.length) return false;
    for (let back = 1; back <= wanted.length; back++) {
      if (--this.#budget < 0) return false;
      if (fold[bytes[end - back] ?? 0] !== wanted[wanted.length - back]) return false;
    }
    return true;
  }

  /** The index in the pattern after the bytes of a reading; -1 if they are others. */
  #matchUnit({ bytes: wanted, fold }: Pattern, index: number, { value, isByte }: Reading): number {
    const length = write(value, isByte, this.#unit, 0);
    for (let at = 0; at < length; at++) if (fold[this.#unit[at] ?? 0] !== wanted[index + at]) return -1;
    return index + length;
  }
}
