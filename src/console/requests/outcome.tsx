import type { RequestDetail } from '../api/types.ts';
import { State } from '../parts/table.tsx';
import { failureOf, stateOf } from './words.ts';

/** How it stands, and what went wrong, in words. */
export function Outcome({ request }: { request: RequestDetail }) {
  const { status, statusCode, error, queue, queuePosition } = request;
  return (
    <div class="outcome" role="status">
      <p>
        <State is={stateOf(request)} />
        {statusCode !== null && <strong> {statusCode}</strong>}
        {status === 'PENDING' && queue !== null && <span class="faint">, {placeOf(queuePosition)}</span>}
      </p>
      {error && (
        <p class="failure">
          <strong>{failureOf(error.code)}.</strong> {error.message} <code>{error.code}</code>
        </p>
      )}
    </div>
  );
}

function placeOf(position: number | null): string {
  if (!position) return 'first in its queue';
  return position === 1 ? 'one before it in its queue' : `${position} before it in its queue`;
}
