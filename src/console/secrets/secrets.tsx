import { useEffect, useState } from 'preact/hooks';
import { Icon } from '../parts/icon.tsx';
import { ListView } from '../parts/list-view.tsx';
import { goTo, route } from '../route.ts';
import { mayCreateSecrets, type Session } from '../session.ts';
import { SecretDialog } from './secret-dialog.tsx';
import { createSecretList, searched } from './secret-list.ts';
import { SecretPanel } from './secret-panel.tsx';
import { SecretTable } from './secret-table.tsx';

export function Secrets({ session }: { session: Session }) {
  const [list] = useState(() => createSecretList(session.endpoint));
  const [search, setSearch] = useState('');
  const [isAdding, setAdding] = useState(false);
  useEffect(() => {
    const look = () => document.hidden || void list.read();
    look();
    document.addEventListener('visibilitychange', look);
    return () => document.removeEventListener('visibilitychange', look);
  }, [list]);

  const all = list.secrets.value;
  const found = searched(all ?? [], search);
  const shown = all?.find(({ id }) => id === route.value.id);

  return (
    <ListView
      title="Client secrets"
      error={list.error.value}
      isSplit={shown !== undefined}
      tools={
        <>
          <input
            type="search"
            aria-label="Search by name and tag"
            placeholder="Name or tag"
            value={search}
            onInput={({ currentTarget }) => setSearch(currentTarget.value)}
          />
          {mayCreateSecrets(session) && (
            <button type="button" class="main" aria-label="Add a client secret" onClick={() => setAdding(true)}>
              <Icon name="plus" />
            </button>
          )}
        </>
      }
      beside={
        <>
          {shown && (
            <SecretPanel key={shown.id} session={session} secret={shown} list={list} onClose={() => goTo('secrets')} />
          )}
          {isAdding && (
            <SecretDialog
              session={session}
              secret={null}
              onClose={() => setAdding(false)}
              onSaved={(secret) => {
                list.put(secret);
                setAdding(false);
                goTo('secrets', secret.id);
              }}
            />
          )}
        </>
      }
    >
      {found.length > 0 && <SecretTable secrets={found} shown={shown?.id ?? null} />}
      {all !== null && found.length === 0 && (
        <p class="nothing">
          {all.length === 0 ? 'There are no client secrets yet.' : 'None has that in its name or tags.'}
        </p>
      )}
    </ListView>
  );
}
