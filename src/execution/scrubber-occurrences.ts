import { searchBorders, tailsOf } from './scrubber-borders.ts';
import { canonicalise } from './scrubber-canonical.ts';
import { caseless, type Pattern, type Patterns, patternsOf } from './scrubber-patterns.ts';
import { createGramFilter, searchPattern } from './scrubber-search.ts';
import { mergeSpans, type Span } from './scrubber-spans.ts';

const BACKSLASH = 0x5c;
const EQUALS = 0x3d;

/** Finds a value in bytes, whatever it was encoded with. */
export interface OccurrenceFinder {
  /** Places in `bytes`, in order, none overlapping another. */
  find(bytes: Uint8Array): Span[];
  /** The same without regard to case, as header names need it. */
  findCaseless(bytes: Uint8Array): Span[];
}

export function createOccurrenceFinder(value: string): OccurrenceFinder {
  const patterns = patternsOf(value);
  const filter = createGramFilter(patterns.canonical);
  const tails = patterns.verbatim.length > 0 ? [] : tailsOf(value);
  const edges = { start: value.startsWith('\\'), end: value.endsWith('\\') };
  let caselessPatterns: Patterns | null = null;

  function search(bytes: Uint8Array, wanted: () => Patterns): Span[] {
    const spans: Span[] = [];
    const canonical = canonicalise(bytes);
    if (filter.mayHoldAny(canonical.bytes)) {
      for (const pattern of wanted().canonical) {
        searchPattern(canonical.bytes, pattern, (start, end) => {
          const [from, to] = withBase64Edges(canonical.bytes, pattern, start, end);
          spans.push(canonical.changes.sourceSpan(from, to));
        });
      }
    }
    if (canonical.changes.count > 0) {
      searchBorders(bytes, canonical, wanted().canonical, tails, (start, end) => spans.push([start, end]));
    }
    if (patterns.verbatim.length > 0) {
      for (const pattern of wanted().verbatim) searchPattern(bytes, pattern, (start, end) => spans.push([start, end]));
    }
    return spans.length === 0 ? spans : mergeSpans(spans.map((span) => withBackslashes(bytes, span, edges)));
  }

  return {
    find: (bytes) => search(bytes, () => patterns),
    findCaseless: (bytes) =>
      search(bytes, () => {
        caselessPatterns ??= caseless(patterns);
        return caselessPatterns;
      }),
  };
}

/** Takes in the characters beside an occurrence that hold some of its bits, and the padding behind it. */
function withBase64Edges(bytes: Uint8Array, { base64 }: Pattern, start: number, end: number): Span {
  if (base64 === null) return [start, end];
  const from = base64.before > 0 && isBase64(bytes[start - 1]) ? start - 1 : start;
  let to = base64.after > 0 && isBase64(bytes[end]) ? end + 1 : end;
  for (let padding = 0; padding < base64.padding && bytes[to] === EQUALS; padding++) to++;
  return [from, to];
}

function isBase64(byte: number | undefined): boolean {
  return byte !== undefined && /[\w+/-]/.test(String.fromCharCode(byte));
}

/** Canonical bytes have no backslashes, so those at the ends of a value are taken in here. */
function withBackslashes(bytes: Uint8Array, [start, end]: Span, edges: { start: boolean; end: boolean }): Span {
  let from = start;
  let to = end;
  if (edges.start) while (bytes[from - 1] === BACKSLASH) from--;
  if (edges.end) while (bytes[to] === BACKSLASH) to++;
  return [from, to];
}
