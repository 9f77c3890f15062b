// pure
import type { Measure } from './measure.ts';

const HEADINGS = ['', 'median', 'min – max', 'unit', 'p50 ms', 'p99 ms', 'ratio', 'to', 'target', ''];
/** Columns of text; the others are numbers, aligned to the right. */
const TEXT = new Set([0, 3, 7, 8, 9]);

/** One row for each measure, and one more for each further comparison of it. */
export function tableOf(measures: readonly Measure[]): string {
  const rows = [HEADINGS, ...measures.flatMap(rowsOf)];
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => (TEXT.has(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
  const rule = '─'.repeat(widths.reduce((sum, width) => sum + width + 2, 0));
  return [lines[0], rule, ...lines.slice(1)].join('\n');
}

function rowsOf({ name, unit, spread, latency, comparisons }: Measure): string[][] {
  const figures = [
    name,
    short(spread.median),
    `${short(spread.min)} – ${short(spread.max)}`,
    unit,
    latency === undefined ? '' : short(latency.p50.median),
    latency === undefined ? '' : short(latency.p99.median),
  ];
  const compared = comparisons.map(({ ratio, ratioTo, target, met }) => [
    ratio === null ? '' : ratio.toFixed(2),
    withoutTitle(ratioTo ?? '', name),
    target ?? '',
    met === null ? '' : met ? 'met' : 'missed',
  ]);
  const [first = ['', '', '', ''], ...more] = compared;
  return [[...figures, ...first], ...more.map((comparison) => [...Array(figures.length).fill(''), ...comparison])];
}

/** What two names begin with, up to the colon, is said once. */
function withoutTitle(name: string, beside: string): string {
  const title = beside.slice(0, beside.indexOf(': ') + 2);
  return name.startsWith(title) ? name.slice(title.length) : name;
}

/** Three figures that count. */
export function short(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
