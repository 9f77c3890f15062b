import { searchBorders, type Tail, tailsOf } from './scrubber-borders.ts';
import { canonicalise } from './scrubber-canonical.ts';
import { caseless, type Pattern, type Patterns, patternsOf } from './scrubber-patterns.ts';
import { createGramFilter, type GramFilter, searchPattern } from './scrubber-search.ts';
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

/** Also without the spaces at its ends: they get lost on the way, and what is left of a value opens the same doors. */
export function createOccurrenceFinder(value: string): OccurrenceFinder {
  const trimmed = value.trim();
  if (trimmed === value || trimmed === '') return createFinder(value);
  const finders = [createFinder(value), createFinder(trimmed)];
  return {
    find: (bytes) => mergeSpans(finders.flatMap((finder) => finder.find(bytes))),
    findCaseless: (bytes) => mergeSpans(finders.flatMap((finder) => finder.findCaseless(bytes))),
  };
}

function createFinder(value: string): OccurrenceFinder {
  const edges = { start: value.startsWith('\\'), end: value.endsWith('\\') };
  // With backslashes in the value a text can be read in two ways, and each finds what the other may miss.
  const views = value.includes('\\') ? [createView(value, true), createView(value, false)] : [createView(value, false)];

  function search(bytes: Uint8Array, isCaseless: boolean): Span[] {
    const spans: Span[] = [];
    for (const view of views) searchView(view, bytes, isCaseless, (start, end) => spans.push([start, end]));
    return spans.length === 0 ? spans : mergeSpans(spans.map((span) => withBackslashes(bytes, span, edges)));
  }

  return {
    find: (bytes) => search(bytes, false),
    findCaseless: (bytes) => search(bytes, true),
  };
}

/** A way to read texts, and what to look for in them. */
interface View {
  ownBackslashes: boolean;
  patterns: Patterns;
  filter: GramFilter;
  tails: Tail[];
}

function createView(value: string, ownBackslashes: boolean): View {
  const patterns = patternsOf(value, ownBackslashes);
  const tails = patterns.verbatim.length > 0 ? [] : tailsOf(value, ownBackslashes);
  return { ownBackslashes, patterns, filter: createGramFilter(patterns.canonical), tails };
}

function searchView(
  { ownBackslashes, patterns, filter, tails }: View,
  bytes: Uint8Array,
  isCaseless: boolean,
  found: (start: number, end: number) => void,
): void {
  const canonical = canonicalise(bytes, ownBackslashes);
  const mayHoldAny = filter.mayHoldAny(canonical.bytes);
  if (!mayHoldAny && canonical.changes.count === 0 && patterns.verbatim.length === 0) return;
  const wanted = isCaseless ? caseless(patterns) : patterns;
  if (mayHoldAny) {
    for (const pattern of wanted.canonical) {
      searchPattern(canonical.bytes, pattern, (start, end) => {
        found(...canonical.changes.sourceSpan(...withBase64Edges(canonical.bytes, pattern, start, end)));
      });
    }
  }
  searchBorders(bytes, canonical, wanted.canonical, tails, found);
  for (const pattern of wanted.verbatim) searchPattern(bytes, pattern, found);
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

/** Canonical bytes have no backslashes. Those that belong to an occurrence all the same are taken in here. */
function withBackslashes(bytes: Uint8Array, [start, end]: Span, edges: { start: boolean; end: boolean }): Span {
  let from = start;
  let to = end;
  while (bytes[from - 1] === BACKSLASH) from--;
  if (edges.end) while (bytes[to] === BACKSLASH) to++;
  // An even run of backslashes before `u0041` and the like is one escape within another.
  const isDoubled = bytes[start] === BACKSLASH && (start - from) % 2 === 1;
  return [edges.start || isDoubled ? from : start, to];
}
