import { useState } from 'preact/hooks';
import { deleteSecret, enableSecret } from '../api/secrets.ts';
import type { ClientSecret } from '../api/types.ts';
import { Confirm } from '../parts/confirm.tsx';
import { type Fact, Facts, Panel } from '../parts/panel.tsx';
import { Problem } from '../parts/problem.tsx';
import { useTask } from '../parts/task.ts';
import { Ago, Time } from '../parts/time.tsx';
import { mayOpenUp, type Session } from '../session.ts';
import { Call } from './call.tsx';
import { RotateDialog } from './rotate-dialog.tsx';
import { SecretDialog } from './secret-dialog.tsx';
import type { SecretList } from './secret-list.ts';

interface SecretPanelProps {
  session: Session;
  secret: ClientSecret;
  list: SecretList;
  onClose(): void;
}

export function SecretPanel({ session, secret, list, onClose }: SecretPanelProps) {
  const [open, setOpen] = useState<'edit' | 'rotate' | 'delete' | null>(null);
  const task = useTask();
  const close = () => setOpen(null);
  const saved = (changed: ClientSecret) => {
    list.put(changed);
    close();
  };
  const toggle = () => task.run(async () => list.put(await enableSecret(session.endpoint, secret.id, !secret.enabled)));
  const button = (name: 'edit' | 'rotate' | 'delete', label: string) => (
    <button type="button" class={name === 'delete' ? 'danger' : ''} onClick={() => setOpen(name)}>
      {label}
    </button>
  );

  return (
    <Panel title={secret.name} of={secret.id} onClose={onClose}>
      {secret.viewerCanEdit && (
        <div class="row actions">
          {button('edit', 'Edit')}
          {button('rotate', 'Rotate')}
          <button type="button" aria-busy={task.busy} onClick={toggle}>
            {secret.enabled ? 'Disable' : 'Enable'}
          </button>
          {mayOpenUp(session, secret) && button('delete', 'Delete')}
        </div>
      )}
      <Problem error={task.error} />
      <Facts facts={factsOf(secret)} />
      <Call session={session} secret={secret} />
      {open === 'edit' && <SecretDialog session={session} secret={secret} onClose={close} onSaved={saved} />}
      {open === 'rotate' && <RotateDialog session={session} secret={secret} onClose={close} onSaved={saved} />}
      {open === 'delete' && (
        <Confirm
          title={`Delete ${secret.name}`}
          label="Delete"
          danger
          typed={secret.name}
          onClose={close}
          action={async () => {
            await deleteSecret(session.endpoint, secret.id);
            onClose();
            list.drop(secret.id);
          }}
        >
          Requests that wait for it fail. The value cannot be had back.
        </Confirm>
      )}
    </Panel>
  );
}

function factsOf(secret: ClientSecret): Fact[] {
  const { allowedUrls, allowedMethods, allowedPlacements, tags, usersAllowed, groupsAllowed, locked, enabled } = secret;
  const edits = (canEdit: boolean) => (canEdit ? ' (may edit)' : '');
  const people = [
    ...usersAllowed.map(({ username, canEdit }) => username + edits(canEdit)),
    ...groupsAllowed.map(({ name, canEdit }) => `group ${name}${edits(canEdit)}`),
  ];
  const anybody = locked ? 'Every logged-in user' : 'Anybody who names the application';
  return [
    { term: 'Value', value: [<code key="value">{secret.maskedSecret}</code>, `, version ${secret.version}`] },
    { term: 'State', value: `${enabled ? 'Enabled' : 'Disabled'}, ${locked ? 'locked' : 'open'}` },
    { term: 'May be sent to', value: allowedUrls.map((url) => <code key={url}>{url}</code>) },
    { term: 'Methods', value: allowedMethods.join(', ') || 'Every one' },
    { term: 'Placements', value: allowedPlacements.join(', ') },
    { term: 'May use it', value: people.length === 0 ? anybody : people.map((each) => <div key={each}>{each}</div>) },
    { term: 'Client ID', value: secret.clientId },
    { term: 'Owner', value: secret.owner ?? 'The application' },
    { term: 'Identifier code', value: secret.identifierCode },
    { term: 'Tags', value: tags.join(', ') },
    { term: 'Notes', value: secret.notes },
    { term: 'Created', value: <Time at={secret.createdAt} /> },
    { term: 'Last used', value: <Ago at={secret.lastUsedAt} /> },
  ];
}
