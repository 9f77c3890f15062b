import type { Pattern } from './scrubber-patterns.ts';

/** Calls `found(start, end)` for every occurrence, overlapping ones included. Knuth, Morris and Pratt: linear whatever the text. */
export function searchPattern(bytes: Uint8Array, pattern: Pattern, found: (start: number, end: number) => void): void {
  const { bytes: wanted, fold } = pattern;
  const fallbacks = fallbacksOf(wanted);
  let matched = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = fold[bytes[at] ?? 0];
    while (matched > 0 && byte !== wanted[matched]) matched = fallbacks[matched - 1] ?? 0;
    if (byte === wanted[matched]) matched++;
    if (matched < wanted.length) continue;
    found(at + 1 - matched, at + 1);
    matched = fallbacks[matched - 1] ?? 0;
  }
}

/** For each length of a match, the longest shorter one that may go on where it fails. */
function fallbacksOf(wanted: Uint8Array): Uint32Array {
  const fallbacks = new Uint32Array(wanted.length);
  let matched = 0;
  for (let at = 1; at < wanted.length; at++) {
    while (matched > 0 && wanted[at] !== wanted[matched]) matched = fallbacks[matched - 1] ?? 0;
    if (wanted[at] === wanted[matched]) matched++;
    fallbacks[at] = matched;
  }
  return fallbacks;
}

const GRAM = 4;
const FILTER_BITS = 2 ** 15;
/** With more grams than this the filter would let everything through. */
const MAX_GRAMS = 4096;

/**
 * Tells at small cost that a text holds none of some patterns: a Bloom filter of all their stretches of four bytes, asked
 * about so few places of the text that every occurrence covers one. It looks at one place in five where the shortest pattern
 * has eight bytes, and spares nearly every body the search proper.
 */
export interface GramFilter {
  mayHoldAny(bytes: Uint8Array): boolean;
}

export function createGramFilter(patterns: readonly Pattern[]): GramFilter {
  const shortest = Math.min(...patterns.map(({ bytes }) => bytes.length));
  const grams = patterns.reduce((sum, { bytes }) => sum + bytes.length, 0);
  if (shortest < GRAM || grams > MAX_GRAMS) return { mayHoldAny: () => true };
  const id = ++made;
  const step = shortest - GRAM + 1;
  return {
    mayHoldAny(bytes) {
      if (filledFor !== id) fill(patterns, id);
      for (let at = 0; at + GRAM <= bytes.length; at += step) {
        const hash = hashOf(gramAt(bytes, at));
        if (hasBit(hash % FILTER_BITS) && hasBit(hash >>> 17)) return true;
      }
      return false;
    },
  };
}

/**
 * One for all filters, filled for the one that is asked: an array for each exchange would cost it more than the hashing.
 * Filters are told apart by numbers, since what held their patterns here would outlive the exchange.
 */
const bits = new Uint32Array(FILTER_BITS / 32);
let made = 0;
let filledFor = 0;

function fill(patterns: readonly Pattern[], id: number): void {
  filledFor = id;
  bits.fill(0);
  for (const { bytes } of patterns) {
    let gram = gramAt(bytes, 0);
    for (let next = GRAM; ; next++) {
      const hash = hashOf(gram);
      setBit(hash % FILTER_BITS);
      setBit(hash >>> 17);
      if (next >= bytes.length) break;
      gram = (gram >>> 8) | (coarse(bytes[next]) << 24);
    }
  }
}

function setBit(index: number): void {
  bits[index >> 5] = (bits[index >> 5] ?? 0) | (1 << (index & 31));
}

function hasBit(index: number): boolean {
  return (((bits[index >> 5] ?? 0) >>> (index & 31)) & 1) === 1;
}

/** What any pattern's folding holds equal is equal here. */
const COARSE = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte >= 0x41 && byte <= 0x5a) return byte | 0x20;
  if (byte === 0x20 || byte === 0x2d) return 0x2b;
  return byte === 0x5f ? 0x2f : byte;
});

function gramAt(bytes: Uint8Array, at: number): number {
  return (
    coarse(bytes[at]) | (coarse(bytes[at + 1]) << 8) | (coarse(bytes[at + 2]) << 16) | (coarse(bytes[at + 3]) << 24)
  );
}

function hashOf(gram: number): number {
  const mixed = Math.imul(gram ^ (gram >>> 15), 0x2c1b3c6d);
  return Math.imul(mixed ^ (mixed >>> 13), 0x297a2d39) >>> 0;
}

function coarse(byte: number | undefined): number {
  return COARSE[byte ?? 0] ?? 0;
}
