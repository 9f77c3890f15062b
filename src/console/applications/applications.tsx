import { useEffect, useState } from 'preact/hooks';
import type { NewCredential } from '../api/applications.ts';
import { Icon } from '../parts/icon.tsx';
import { ListView } from '../parts/list-view.tsx';
import { goTo, route } from '../route.ts';
import type { Session } from '../session.ts';
import { ApplicationDialog } from './application-dialog.tsx';
import { createApplicationList } from './application-list.ts';
import { ApplicationPanel } from './application-panel.tsx';
import { ApplicationTable } from './application-table.tsx';
import { ShownOnce } from './shown-once.tsx';

export function Applications({ session: { endpoint } }: { session: Session }) {
  const [list] = useState(() => createApplicationList(endpoint));
  const [isAdding, setAdding] = useState(false);
  const [made, setMade] = useState<NewCredential | null>(null);
  useEffect(() => void list.read(), [list]);
  const all = list.applications.value;
  const shown = all?.find(({ id }) => id === route.value.id);

  return (
    <ListView
      title="Applications"
      error={list.error.value}
      isSplit={shown !== undefined}
      tools={
        <button type="button" class="main" aria-label="Add an application" onClick={() => setAdding(true)}>
          <Icon name="plus" />
        </button>
      }
      beside={
        <>
          {shown && (
            <ApplicationPanel
              key={shown.id}
              endpoint={endpoint}
              application={shown}
              list={list}
              onMade={setMade}
              onClose={() => goTo('applications')}
            />
          )}
          {isAdding && (
            <ApplicationDialog
              endpoint={endpoint}
              application={null}
              onClose={() => setAdding(false)}
              onSaved={async (created) => {
                setAdding(false);
                setMade(created);
                await list.read();
                if (created) goTo('applications', created.application.id);
              }}
            />
          )}
          {made && <ShownOnce credential={made} onClose={() => setMade(null)} />}
        </>
      }
    >
      {all?.length === 0 && <p class="nothing">There are no applications yet.</p>}
      {all && all.length > 0 && <ApplicationTable applications={all} shown={shown?.id ?? null} />}
    </ListView>
  );
}
