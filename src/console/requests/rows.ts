import type { RequestFilter } from '../api/requests.ts';
import type { Page, RequestRow } from '../api/types.ts';

/** Whether `one` tells a later state of the same request than `other`: streams and queries may overtake each other. */
export function isNewer(one: RequestRow, other: RequestRow): boolean {
  if (one.status !== other.status) return other.status === 'PENDING';
  return one.updatedAt > other.updatedAt || (one.startedAt !== null && other.startedAt === null);
}

/** As the API would filter. */
export function matches({ url, ...filter }: RequestFilter, row: RequestRow): boolean {
  const isEqual = Object.entries(filter).every(([name, value]) => !value || row[name as keyof RequestRow] === value);
  return isEqual && (!url || normalized(url) === normalized(row.url));
}

function normalized(url: string): string {
  return URL.canParse(url) ? new URL(url).href : url;
}

/**
 * `rows`, newest first, with `row` where it belongs: in its place where it is known, else by its time. Further down than the list
 * reaches (`goesOn`) it is left to the scrolling.
 */
export function placed(
  rows: readonly RequestRow[],
  row: RequestRow,
  isMatch: boolean,
  goesOn: boolean,
): readonly RequestRow[] {
  const index = rows.findIndex(({ id }) => id === row.id);
  if (index >= 0) return isMatch ? rows.with(index, row) : rows.toSpliced(index, 1);
  if (!isMatch) return rows;
  const older = rows.findIndex(({ createdAt }) => createdAt <= row.createdAt);
  if (older >= 0) return rows.toSpliced(older, 0, row);
  return goesOn ? rows : [...rows, row];
}

export interface Refreshed {
  rows: readonly RequestRow[];
  /** The old rows go on where the page ends; otherwise the page is all there is to go on from. */
  isContinued: boolean;
  /** IDs of rows below the page that may have changed. */
  unsure: string[];
}

/** The first page, read anew, and what of the rows that were known still follows it. */
export function refreshed(known: readonly RequestRow[], { nodes, pageInfo }: Page<RequestRow>): Refreshed {
  const last = nodes.at(-1);
  const seam = last === undefined ? -1 : known.findIndex(({ id }) => id === last.id);
  if (!pageInfo.hasNextPage || seam < 0) return { rows: nodes, isContinued: false, unsure: [] };
  const below = known.slice(seam + 1);
  const unsure = below.filter(({ status }) => status === 'PENDING').map(({ id }) => id);
  return { rows: [...nodes, ...below], isContinued: true, unsure };
}
