import { isUtf8 } from 'node:buffer';
import { PLACEHOLDER, type Scrubber } from '../scrubbing/scrubber.ts';

/** A body as text. */
export interface ResponseText {
  /** What its strings and numbers may be taken from, to be scrubbed each by itself. */
  text: string;
  /** Without the secret. */
  clean: string;
}

/**
 * `text` is what `decoder` makes of the body. Neither it nor the bytes that it was made of may show the secret: where the
 * charset is a lie, the text does not, but whoever undoes the decoding would have it.
 */
export function toResponseText(body: Buffer, text: string, decoder: TextDecoder, scrubber: Scrubber): ResponseText {
  if (decoder.encoding.startsWith('utf-16')) return ofUtf16(body, text, decoder, scrubber);
  const isExact = decoder.encoding === 'utf-8' && isUtf8(body);
  const bytes = scrubber.scrubBytes(body);
  if (isExact && bytes === body) return { text, clean: text };
  // ASCII is ASCII in every other charset: what is put in reads the same, and moves nothing.
  const left = decoder.decode(bytes);
  return { text: isExact ? text : left, clean: scrubber.scrubText(left) };
}

/** Where the bytes show it beside the text, there is no telling them apart: nothing is kept. */
function ofUtf16(body: Buffer, text: string, decoder: TextDecoder, scrubber: Scrubber): ResponseText {
  const clean = scrubber.scrubText(text);
  const bytes = clean === text ? body : encodeUtf16(clean, decoder.encoding, body);
  return scrubber.scrubBytes(bytes) === bytes ? { text, clean } : { text: PLACEHOLDER, clean: PLACEHOLDER };
}

/** As it was, with the odd byte at the end that is no character. */
function encodeUtf16(text: string, encoding: string, body: Buffer): Buffer {
  const bytes = Buffer.from(text, 'utf16le');
  return Buffer.concat([encoding === 'utf-16be' ? bytes.swap16() : bytes, body.subarray(body.length & ~1)]);
}
