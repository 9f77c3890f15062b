import type { ResponseHeaders } from '../requests/request.ts';
import { createOccurrenceFinder } from './scrubber-occurrences.ts';
import { replaceSpans, type Span } from './scrubber-spans.ts';

/** What stands where the secret stood. */
export const PLACEHOLDER = '$CLIENT_SECRET';

/** Takes one value, in every form named in BEHAVIOUR 3, out of what a third party sent. */
export interface Scrubber {
  /** How many occurrences were taken out so far. */
  readonly found: number;
  /** JSON that is printed anew may show it where its text did not: as a number, or where blanks were. */
  readonly mayBePrinted: boolean;
  scrubText(text: string): string;
  /** The same object where nothing was found. */
  scrubBytes(bytes: Buffer): Buffer;
  /** Values, and names without regard to case. The same object where nothing was found. */
  scrubHeaders(headers: ResponseHeaders): ResponseHeaders;
}

/** Taking the secret out may join its neighbours into another one. A text that needs more rounds was made for that. */
const MAX_ROUNDS = 8;
const PLACEHOLDER_BYTES = Buffer.from(PLACEHOLDER);
/** Stands between headers when all are searched at once; no header and no secret holds it. */
const SEPARATOR = '\u0001';
/** What JSON prints beside strings. */
const PUNCTUATION_AND_NUMBERS = /^[-+.\deE,:[\]{}\s]+$/;

/**
 * For one exchange: it holds the secret, so it must not outlive it. It makes a text canonical (all escapes undone) and looks
 * there for the value, its Base64 and its hex, in time that grows with the length of the text alone.
 */
export function createScrubber(value: string): Scrubber {
  const finder = createOccurrenceFinder(value);

  function scrub(bytes: Buffer, find: (bytes: Uint8Array) => Span[]): Buffer {
    let scrubbed = bytes;
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const spans = find(scrubbed);
      if (spans.length === 0) return scrubbed;
      scrubber.found += spans.length;
      scrubbed = replaceSpans(scrubbed, spans, PLACEHOLDER_BYTES);
      // A value such as CLIENT_SECRET is in what replaces it. That says nothing, and there would be no end.
      if (find(PLACEHOLDER_BYTES).length > 0) return scrubbed;
    }
    return PLACEHOLDER_BYTES;
  }

  function scrubText(text: string, find = finder.find): string {
    const bytes = Buffer.from(text);
    const scrubbed = scrub(bytes, find);
    return scrubbed === bytes ? text : scrubbed.toString();
  }

  /** HTTP clients differ in whether they take the bytes of a header for Latin-1 or for UTF-8. */
  function scrubHeaderValue(text: string): string {
    const bytes = Buffer.from(text, 'latin1');
    const scrubbed = isLatin1(text) ? scrub(bytes, finder.find) : bytes;
    return scrubText(scrubbed === bytes ? text : scrubbed.toString('latin1'));
  }

  function scrubHeaders(headers: ResponseHeaders): ResponseHeaders {
    let joined = '';
    for (const name of Object.keys(headers)) {
      const value = headers[name] ?? '';
      joined += name + SEPARATOR + (typeof value === 'string' ? value : value.join(SEPARATOR)) + SEPARATOR;
    }
    const bytes = Buffer.from(joined);
    if (bytes.length === joined.length && finder.findCaseless(bytes).length === 0) return headers;
    const scrubbed = new Map<string, string | string[]>();
    for (const [name, value] of Object.entries(headers)) {
      const cleanName = scrubText(name, finder.findCaseless);
      const cleanValue = typeof value === 'string' ? scrubHeaderValue(value) : value.map(scrubHeaderValue);
      const before = scrubbed.get(cleanName);
      scrubbed.set(cleanName, before === undefined ? cleanValue : [before, cleanValue].flat().join(', '));
    }
    return Object.fromEntries(scrubbed);
  }

  const scrubber = {
    found: 0,
    mayBePrinted: PUNCTUATION_AND_NUMBERS.test(value) || value.includes('"'),
    scrubText: (text: string) => scrubText(text),
    scrubBytes: (bytes: Buffer) => scrub(bytes, finder.find),
    scrubHeaders,
  };
  return scrubber;
}

function isLatin1(text: string): boolean {
  return Buffer.from(text, 'latin1').toString('latin1') === text;
}
