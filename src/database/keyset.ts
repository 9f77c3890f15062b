// pure
import { invalidParameter } from '../errors.ts';
import { isId } from '../ids.ts';
import type { Page, PageArguments } from '../page.ts';

/** One page to read: up to `limit` rows past `after` and short of `before`, which are keys (UUIDs) of rows. */
export interface PageRequest {
  limit: number;
  /** Read from the end: the rows nearest to `before`, or the last ones. */
  backward: boolean;
  after: string | null;
  before: string | null;
}

const CURSOR_PREFIX = 'key:';

/** Relay's arguments, checked. Without a size, `before` alone reads backward, as `last` does. Throws INVALID_PARAMETER. */
export function parsePage(
  args: PageArguments,
  { defaultSize = 25, maxSize = 100 }: { defaultSize?: number; maxSize?: number } = {},
): PageRequest {
  const first = checkSize('first', args.first, maxSize);
  const last = checkSize('last', args.last, maxSize);
  if (first !== null && last !== null) throw invalidParameter('first', 'Give first or last, not both');
  const after = fromCursor('after', args.after);
  const before = fromCursor('before', args.before);
  const backward = last !== null || (first === null && after === null && before !== null);
  return { limit: first ?? last ?? defaultSize, backward, after, before };
}

/**
 * The page that `rows` make, which were read in the direction of `request` (backward: from the last to the first), one more
 * than `limit` where there is one: that one says whether the list goes on. The other way it goes on if there was a cursor.
 */
export function toPage<T>(
  rows: readonly T[],
  request: PageRequest,
  keyOf: (row: T) => string,
  goesOn = rows.length > request.limit,
): Page<T> {
  const kept = rows.slice(0, request.limit);
  if (request.backward) kept.reverse();
  return {
    edges: kept.map((node) => ({ cursor: toCursor(keyOf(node)), node })),
    hasNextPage: request.backward ? request.before !== null : goesOn,
    hasPreviousPage: request.backward ? goesOn : request.after !== null,
  };
}

function toCursor(key: string): string {
  return Buffer.from(CURSOR_PREFIX + key).toString('base64url');
}

function fromCursor(parameter: 'after' | 'before', cursor: string | null | undefined): string | null {
  if (cursor === null || cursor === undefined) return null;
  const text = Buffer.from(cursor, 'base64url').toString();
  const key = text.slice(CURSOR_PREFIX.length);
  // Written again it must be what came in: decoding alone ignores what does not belong.
  if (isId(key) && toCursor(key) === cursor) return key;
  throw invalidParameter(parameter, `${parameter} must be a cursor of this list`);
}

function checkSize(parameter: 'first' | 'last', size: number | null | undefined, maxSize: number): number | null {
  if (size === null || size === undefined) return null;
  if (Number.isInteger(size) && size >= 0 && size <= maxSize) return size;
  throw invalidParameter(parameter, `${parameter} must be between 0 and ${maxSize}`);
}
