import { useEffect, useMemo } from 'preact/hooks';
import type { RequestFilter } from '../api/requests.ts';
import { ListView } from '../parts/list-view.tsx';
import { Live } from '../parts/live.tsx';
import { goTo, route } from '../route.ts';
import type { Session } from '../session.ts';
import { Filters } from './filters.tsx';
import { createRequestList } from './request-list.ts';
import { RequestPanel } from './request-panel.tsx';
import { RequestTable } from './request-table.tsx';

export function Requests({ session }: { session: Session }) {
  const { id, filter } = route.value;
  const key = JSON.stringify(filter);
  // The fragment's names are those of the API; what is none of its values the API refuses.
  const list = useMemo(() => createRequestList(session.endpoint, JSON.parse(key) as RequestFilter), [session, key]);
  useEffect(() => list.start(), [list]);

  return (
    <ListView
      title="Requests"
      error={list.error.value}
      isSplit={id !== null}
      tools={<Live liveness={list.liveness} />}
      beside={
        id && (
          <RequestPanel
            session={session}
            id={id}
            list={list}
            onClose={() => goTo('requests', null, filter)}
            onSent={(sent) => goTo('requests', sent, filter)}
          />
        )
      }
    >
      <Filters filter={filter} />
      <RequestTable list={list} shown={id} filter={filter} />
    </ListView>
  );
}
