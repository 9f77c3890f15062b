import {
  CONTROL_REFERENCES,
  HTML_NAMES,
  LONGEST_HTML_NAME,
  LONGEST_LOOSE_HTML_NAME,
  LOOSE_HTML_NAMES,
} from './html-names.ts';

const PERCENT = 0x25;
const AMPERSAND = 0x26;
const BACKSLASH = 0x5c;
const SEMICOLON = 0x3b;
const MAX_CODE_POINT = 0x10ffff;
/** How deep escapes may stand inside one escape (`%` + `%34` + `1`); escapes of escapes (`%252541`) have no limit. */
const MAX_NESTING = 3;

/** A way to read what stands at a place: a byte or a code point, up to `end`. */
export interface Reading {
  value: number;
  /** Else a code point, to be taken as its UTF-8. */
  isByte: boolean;
  end: number;
}

/** The bytes that may begin an escape. */
export function leadsEscape(byte: number): boolean {
  return byte === PERCENT || byte === AMPERSAND || byte === BACKSLASH;
}

/**
 * Reads the escapes of URLs (`%2F`, `%u002F`), JSON and JavaScript (`\u002F`, `\/`, `\x2F`, `\n`) and HTML (`&sol;`,
 * `&#47;`, `&#x2F;`), each character of which may be escaped in its turn.
 *
 * A cursor: `read` leaves what it found in `value`, `isByte` and `end`. It allocates nothing, since it runs on every body.
 */
export class EscapeReader {
  value = 0;
  isByte = true;
  end = 0;
  readonly #source: Uint8Array;
  readonly #ownBackslashes: boolean;

  /**
   * `ownBackslashes`: the value has backslashes, so that one may stand for itself and the character behind it be a `u` or an
   * `n` of the value in another form. Otherwise a backslash can only lead an escape.
   */
  constructor(source: Uint8Array, ownBackslashes: boolean) {
    this.#source = source;
    this.#ownBackslashes = ownBackslashes;
  }

  /** What stands at `at`, decoded as far as it goes: `%2541` is `A`. */
  read(at: number, nesting = 0): void {
    this.#raw(at);
    while (this.#unescape(nesting));
  }

  /** Every way to read what stands at `at`, the furthest decoded last: of `%2541`, these are `%`, `%` (from `%25`) and `A`. */
  readings(at: number): Reading[] {
    const readings: Reading[] = [];
    this.#raw(at);
    do readings.push({ value: this.value, isByte: this.isByte, end: this.end });
    while (this.#unescape(0));
    return readings;
  }

  #raw(at: number): void {
    this.value = this.#source[at] ?? 0;
    this.isByte = true;
    this.end = at + 1;
  }

  /** If what was read leads an escape, reads that; otherwise leaves all as it is. */
  #unescape(nesting: number): boolean {
    const { value, isByte, end } = this;
    if (nesting < MAX_NESTING) {
      if (value === PERCENT && this.#percent(nesting + 1)) return true;
      if (value === BACKSLASH && this.#backslash(nesting + 1)) return true;
      if (value === AMPERSAND && this.#reference(nesting + 1)) return true;
      if (!isByte && isHighSurrogate(value) && this.#lowSurrogate(value, end, nesting + 1)) return true;
    }
    this.value = value;
    this.isByte = isByte;
    this.end = end;
    return false;
  }

  #percent(nesting: number): boolean {
    if (!this.#next(nesting)) return false;
    if (this.value === 0x75) return this.#hex(4, 0, nesting); // %uXXXX, of JavaScript's escape()
    const high = hexDigit(this.value);
    if (high < 0 || !this.#hex(1, high, nesting)) return false;
    this.isByte = true;
    return true;
  }

  #backslash(nesting: number): boolean {
    const raw = this.#source[this.end];
    if (raw === 0x22 || raw === 0x27 || raw === 0x2f) {
      this.#raw(this.end);
      return true;
    }
    if (!this.#ownBackslashes && this.#source[this.end - 1] === BACKSLASH) {
      if (raw === 0x6e || raw === 0x72) return this.#lineBreak();
      if (raw !== 0x75 && raw !== 0x78) return false;
    }
    // In a long run of backslashes only the last ones may lead anything.
    if (raw === BACKSLASH && this.#source[this.end + 1] === BACKSLASH) return false;
    if (!this.#next(nesting)) return false;
    if (this.value === 0x75) return this.#hex(4, 0, nesting); // \uXXXX
    return this.value === 0x78 && this.#hex(2, 0, nesting); // \xXX
  }

  /** Base64 may be broken into lines. No other control character has to do with a secret. */
  #lineBreak(): boolean {
    this.#raw(this.end);
    this.value = 0x0a;
    return true;
  }

  #reference(nesting: number): boolean {
    if (!this.#next(nesting)) return false;
    return this.value === 0x23 ? this.#numericReference(nesting) : this.#namedReference(nesting);
  }

  /** `&#47;`, `&#x2f;`, with or without `;`. */
  #numericReference(nesting: number): boolean {
    if (!this.#next(nesting)) return false;
    const base = (this.value | 0x20) === 0x78 ? 16 : 10;
    let isDigit = base === 10 || this.#next(nesting);
    let codePoint = 0;
    let end = 0;
    for (; isDigit && codePoint <= MAX_CODE_POINT; isDigit = this.#next(nesting)) {
      const digit = hexDigit(this.value);
      if (digit < 0 || digit >= base) break;
      codePoint = codePoint * base + digit;
      end = this.end;
    }
    if (codePoint === 0 || codePoint > MAX_CODE_POINT) return false;
    this.#closeReference(CONTROL_REFERENCES.codePointAt(codePoint - 0x80) ?? codePoint, end, nesting);
    return true;
  }

  /** `&sol;`, and `&amp` without `;` where browsers take it. The first letter was read. */
  #namedReference(nesting: number): boolean {
    if (!isAlphanumeric(this.value)) return false;
    const ends: number[] = [];
    let name = '';
    do {
      name += String.fromCharCode(this.value);
      ends.push(this.end);
    } while (name.length < LONGEST_HTML_NAME && this.#next(nesting) && isAlphanumeric(this.value));
    const closed = HTML_NAMES.get(name);
    if (closed !== undefined && this.#closeReference(closed, ends.at(-1) ?? 0, nesting)) return true;
    for (let length = Math.min(name.length, LONGEST_LOOSE_HTML_NAME); length > 1; length--) {
      const loose = LOOSE_HTML_NAMES.get(name.slice(0, length));
      if (loose === undefined) continue;
      this.value = loose;
      this.isByte = false;
      this.end = ends[length - 1] ?? 0;
      return true;
    }
    return false;
  }

  /** Takes the `;` at `end` if there is one, and tells so. */
  #closeReference(codePoint: number, end: number, nesting: number): boolean {
    this.end = end;
    const closed = this.#next(nesting) && this.value === SEMICOLON;
    if (!closed) this.end = end;
    this.value = codePoint;
    this.isByte = false;
    return closed;
  }

  /** JSON writes a character above U+FFFF as two escapes. */
  #lowSurrogate(high: number, end: number, nesting: number): boolean {
    this.end = end;
    if (!this.#next(nesting) || this.isByte || this.value < 0xdc00 || this.value > 0xdfff) return false;
    this.value = 0x10000 + ((high - 0xd800) << 10) + (this.value - 0xdc00);
    return true;
  }

  /** So many more digits, after those that made `value` so far. */
  #hex(digits: number, value: number, nesting: number): boolean {
    let number = value;
    for (let count = 0; count < digits; count++) {
      const digit = this.#next(nesting) ? hexDigit(this.value) : -1;
      if (digit < 0) return false;
      number = number * 16 + digit;
    }
    this.value = number;
    this.isByte = false;
    return true;
  }

  /** What stands at `end`, or behind backslashes there that lead nothing; false at the end of the source. */
  #next(nesting: number): boolean {
    do {
      if (this.end >= this.#source.length) return false;
      this.read(this.end, nesting);
    } while (this.value === BACKSLASH);
    return true;
  }
}

function isHighSurrogate(value: number): boolean {
  return value >= 0xd800 && value <= 0xdbff;
}

function isAlphanumeric(value: number): boolean {
  return (value >= 0x30 && value <= 0x39) || ((value | 0x20) >= 0x61 && (value | 0x20) <= 0x7a);
}

function hexDigit(value: number): number {
  if (value >= 0x30 && value <= 0x39) return value - 0x30;
  const letter = value | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
