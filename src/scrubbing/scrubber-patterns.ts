import { canonicalise } from './scrubber-canonical.ts';

/** Bytes to look for in canonical bytes, after `fold` is applied to those. */
export interface Pattern {
  /** Folded already. */
  bytes: Uint8Array;
  fold: Uint8Array;
  /** Of Base64: what an occurrence may be widened by. */
  base64: Base64Edges | null;
}

/** Characters next to an occurrence that hold some bits of the secret, beside bits of a neighbour. */
export interface Base64Edges {
  before: 0 | 1;
  after: 0 | 1;
  /** How many `=` follow where the text ends with the secret. */
  padding: number;
}

const IDENTITY = Uint8Array.from({ length: 256 }, (_, byte) => byte);
/** Forms write a space as `+`; and a `+` that was not escaped comes back as a space. */
const PLAIN = folding({ ' ': '+' });
/** Base64url, and the same damage to `+`. */
const BASE64 = folding({ ' ': '+', '-': '+', _: '/' });
const HEX = withoutCase(IDENTITY);

/** Shorter canonical bytes would be found where no secret is: `%41%41%41` would be AAA, and eight backslashes nothing. */
const MIN_CANONICAL_BYTES = 6;

export interface Patterns {
  /** To be looked for in canonical bytes. */
  canonical: Pattern[];
  /** To be looked for in the bytes as they came. */
  verbatim: Pattern[];
}

/** All that an occurrence of `value` may be. `ownBackslashes` as in EscapeReader. */
export function patternsOf(value: string, ownBackslashes: boolean): Patterns {
  const bytes = Buffer.from(value);
  const encoded = [...base64Patterns(bytes), pattern(Buffer.from(bytes.toString('hex')), HEX)];
  const canonical = canonicalise(bytes, ownBackslashes).bytes;
  if (canonical.length < Math.min(MIN_CANONICAL_BYTES, bytes.length)) {
    return { canonical: encoded, verbatim: wholeEncodings(value).map((text) => pattern(Buffer.from(text), HEX)) };
  }
  const spellings = otherSpellings(value, bytes).map((spelling) => canonicalise(spelling, ownBackslashes).bytes);
  return { canonical: [...[canonical, ...spellings].map(plainPattern), ...encoded], verbatim: [] };
}

/** The same, found without regard to case. */
export function caseless({ canonical, verbatim }: Patterns): Patterns {
  return { canonical: canonical.map(caselessPattern), verbatim: verbatim.map(caselessPattern) };
}

function caselessPattern({ bytes, fold, base64 }: Pattern): Pattern {
  return pattern(bytes, withoutCase(fold), base64);
}

/** Of bytes that are canonical already. */
export function plainPattern(bytes: Uint8Array): Pattern {
  return pattern(bytes, PLAIN);
}

function pattern(bytes: Uint8Array, fold: Uint8Array, base64: Base64Edges | null = null): Pattern {
  // From Node's pool of buffers, which is several times faster than an array of its own.
  const folded = Buffer.allocUnsafe(bytes.length);
  for (let at = 0; at < bytes.length; at++) folded[at] = fold[bytes[at] ?? 0] ?? 0;
  return { bytes: folded, fold, base64 };
}

/**
 * Beyond ASCII a value may be spelt composed, decomposed, and in Latin-1. `&fjlig;`, which PHP writes for `fj`, is the one
 * name of HTML that is two characters of ASCII, and no escape of one.
 */
function otherSpellings(value: string, bytes: Buffer): Buffer[] {
  const ligated = value.includes('fj') ? [Buffer.from(value.replaceAll('fj', '&fjlig;'))] : [];
  if (bytes.length === value.length) return ligated;
  const forms = new Set([value.normalize('NFC'), value.normalize('NFD')]);
  forms.delete(value);
  const spellings = [...forms].map((text) => Buffer.from(text));
  const latin1 = Buffer.from(value, 'latin1');
  if (latin1.toString('latin1') === value) spellings.push(latin1);
  return [...spellings, ...ligated];
}

const BEFORE = [0, 1, 2].map((length) => Buffer.alloc(length));

/**
 * Base64 of a text that holds the secret, with 0, 1 or 2 bytes before it in its group of three. The pattern is made of the
 * characters whose six bits are all the secret's.
 */
function base64Patterns(bytes: Buffer): Pattern[] {
  return BEFORE.map((before, shift) => {
    const text = Buffer.concat([before, bytes]).toString('base64');
    const bits = (shift + bytes.length) * 8;
    const core = text.slice(Math.ceil((shift * 8) / 6), Math.floor(bits / 6));
    const padding = text.length - Math.ceil(bits / 6);
    return pattern(Buffer.from(core), BASE64, { before: shift === 0 ? 0 : 1, after: bits % 6 === 0 ? 0 : 1, padding });
  });
}

/** What the usual encoders make of a whole value, for the values that no canonical form can be had of. */
function wholeEncodings(value: string): string[] {
  const percent = (text: string) => Array.from(Buffer.from(text), (byte) => `%${hex(byte, 2)}`).join('');
  const units = Array.from({ length: value.length }, (_, index) => value.charCodeAt(index));
  const json = (text: string) => JSON.stringify(text).slice(1, -1);
  const encoders: Array<(text: string) => string> = [
    encodeURIComponent,
    percent,
    json,
    (text) => json(text).replaceAll('/', '\\/'),
    (text) => encodeURIComponent(text).replaceAll('%20', '+'),
    (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;'),
  ];
  const once = encoders.map((encode) => encode(Buffer.from(value).toString()));
  const twice = encoders.flatMap((encode) => once.map(encode));
  return [
    ...new Set([
      value,
      ...once,
      ...twice,
      units.map((unit) => `\\u${hex(unit, 4)}`).join(''),
      Array.from(value, (character) => `&#${character.codePointAt(0)};`).join(''),
      Array.from(value, (character) => `&#x${hex(character.codePointAt(0) ?? 0, 1)};`).join(''),
    ]),
  ];
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}

function folding(pairs: Record<string, string>): Uint8Array {
  const fold = IDENTITY.slice();
  for (const [from, to] of Object.entries(pairs)) fold[from.charCodeAt(0)] = to.charCodeAt(0);
  return fold;
}

function withoutCase(fold: Uint8Array): Uint8Array {
  return fold.map((byte) => (byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte));
}
