/**
 * Looks for a secret the way a thief would: undoes every encoding, one in another too, and looks for pieces of it. Knows
 * nothing of the scrubber, and does the opposite work: it undoes, where the scrubber recognises.
 */

/** A piece of so many characters is no accident; `maskedSecret` shows four. Pieces begin at every fourth character. */
const PIECE = 7;
const STEP = 4;
const ROUNDS = 4;
/** One encoding of whole bytes in another. */
const DEPTH = 2;

const ENTITIES: Record<string, string> = {
  quot: '"',
  amp: '&',
  lt: '<',
  gt: '>',
  apos: "'",
  equals: '=',
  plus: '+',
  sol: '/',
  eacute: 'é',
};

/** What random bytes hardly ever hold; with zeros between them in UTF-16. */
const LEGIBLE = /(?:\0?[ -~\xa9\xc3\xe9]){7}/;

/** The pieces of `values` that can be had from `text`. */
export function leaksIn(text: string, values: readonly string[]): string[] {
  const pieces = new Set(values.flatMap(piecesOf));
  const found = new Set<string>();
  search(toBytes(text), DEPTH);
  return [...found];

  function search(bytes: string, depth: number): void {
    for (const view of viewsOf(bytes)) {
      const caseless = view.toLowerCase();
      for (const piece of pieces) if (caseless.includes(piece)) found.add(piece);
      if (depth === 0) continue;
      search(unpack(view), depth - 1);
    }
  }
}

/** Pieces of the value as UTF-8 and as Latin-1, a byte a character, in lower case. */
function piecesOf(value: string): string[] {
  const pieces: string[] = [];
  for (let start = 0; start + PIECE <= value.length; start += STEP) pieces.push(value.slice(start, start + PIECE));
  return pieces.flatMap((piece) => [toBytes(piece).toLowerCase(), piece.toLowerCase()]);
}

function toBytes(text: string): string {
  return Buffer.from(text).toString('latin1');
}

/** The text with one layer of escapes after another undone; also without the zeros of UTF-16. */
function viewsOf(bytes: string): Set<string> {
  const views = new Set<string>();
  let view = bytes;
  for (let round = 0; round < ROUNDS; round++) {
    views.add(view);
    if (view.includes('\0')) views.add(view.replaceAll('\0', ''));
    view = undo(view);
  }
  return views;
}

function undo(text: string): string {
  return text
    .replace(/%([0-9a-f]{2})/gi, (_, digits) => String.fromCharCode(Number.parseInt(digits, 16)))
    .replace(/\\+u([0-9a-f]{4})/gi, (_, digits) => toBytes(String.fromCharCode(Number.parseInt(digits, 16))))
    .replace(/\\+(?=[\\/"])/g, '')
    .replace(/&#x0*([0-9a-f]{1,6});?/gi, (_, digits) => fromCode(Number.parseInt(digits, 16)))
    .replace(/&#0*([0-9]{1,7});?/g, (_, digits) => fromCode(Number(digits)))
    .replace(/&([a-z]+);/gi, (whole, name) => toBytes(ENTITIES[name] ?? whole));
}

function fromCode(code: number): string {
  return code <= 0x10ffff ? toBytes(String.fromCodePoint(code)) : '';
}

/** What runs of Base64 and hex hold, from wherever in them it may begin, where a piece of text is in it. */
function unpack(text: string): string {
  const base64 = text.match(/[A-Za-z0-9+/_-]{10,}/g) ?? [];
  const hex = text.match(/[0-9a-fA-F]{16,}/g) ?? [];
  const packed = [
    ...[0, 1, 2, 3].flatMap((offset) => base64.map((run) => Buffer.from(run.slice(offset), 'base64'))),
    ...[0, 1].flatMap((offset) => hex.map((run) => Buffer.from(run.slice(offset), 'hex'))),
  ];
  return [...new Set(packed.map((bytes) => bytes.toString('latin1')))]
    .filter((bytes) => LEGIBLE.test(bytes))
    .join('\n');
}
