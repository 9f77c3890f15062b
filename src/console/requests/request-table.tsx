import { useRef } from 'preact/hooks';
import { Problem } from '../parts/problem.tsx';
import { Table } from '../parts/table.tsx';
import type { RequestList } from './request-list.ts';
import { RequestTableRow } from './request-table-row.tsx';
import { useAnchor } from './use-anchor.ts';

const COLUMNS = [
  ['State'],
  ['Code', 'code'],
  ['Method'],
  ['URL'],
  ['Client secret', 'wide-only'],
  ['Queue', 'wide-only'],
  ['Took', 'number mid-only'],
  ['Submitted', 'number'],
] as const;

interface RequestTableProps {
  list: RequestList;
  /** ID of the one in the panel. */
  shown: string | null;
  filter: Record<string, string>;
}

export function RequestTable({ list, shown, filter }: RequestTableProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const rows = list.rows.value;
  const hasMore = list.hasMore.value;
  const look = useAnchor(scroller, rows, list.more);
  const none =
    Object.keys(filter).length > 0 ? 'No request matches.' : 'No requests yet. They appear as pages make them.';

  return (
    <div class="scroll live-rows" ref={scroller} onScroll={look}>
      <Table class="requests" columns={COLUMNS}>
        {rows.map((row) => (
          <RequestTableRow key={row.id} row={row} isShown={row.id === shown} filter={filter} />
        ))}
      </Table>
      {rows.length === 0 && hasMore === false && <p class="nothing">{none}</p>}
      {rows.length > 0 && hasMore && <More list={list} />}
    </div>
  );
}

/** At the end of what was read. Near it more is read by itself, but nobody scrolls to try again. */
function More({ list }: { list: RequestList }) {
  const error = list.moreError.value;
  if (!error) return <p class="nothing">Reading more…</p>;
  return (
    <div class="nothing row">
      <Problem error={error} />
      <button type="button" onClick={list.more}>
        Try again
      </button>
    </div>
  );
}
