import { useState } from 'preact/hooks';
import { type NewCredential, updateApplication } from '../api/applications.ts';
import type { Endpoint } from '../api/endpoint.ts';
import type { Application } from '../api/types.ts';
import { Facts, Panel } from '../parts/panel.tsx';
import { Problem } from '../parts/problem.tsx';
import { useTask } from '../parts/task.ts';
import { Time } from '../parts/time.tsx';
import { ApplicationDialog } from './application-dialog.tsx';
import type { ApplicationList } from './application-list.ts';
import { Credentials } from './credentials.tsx';

interface ApplicationPanelProps {
  endpoint: Endpoint;
  application: Application;
  list: ApplicationList;
  onMade(credential: NewCredential): void;
  onClose(): void;
}

export function ApplicationPanel({ endpoint, application, list, onMade, onClose }: ApplicationPanelProps) {
  const [isEditing, setIsEditing] = useState(false);
  const task = useTask();
  const { id, name, enabled, allowedOrigins, userTokens, requestsPerMinute, createdAt } = application;
  const toggle = () =>
    task.run(async () => {
      await updateApplication(endpoint, id, { enabled: !enabled });
      await list.read();
    });

  return (
    <Panel title={name} of={id} onClose={onClose}>
      <div class="row actions">
        <button type="button" onClick={() => setIsEditing(true)}>
          Edit
        </button>
        <button type="button" aria-busy={task.busy} onClick={toggle}>
          {enabled ? 'Disable' : 'Enable'}
        </button>
      </div>
      <Problem error={task.error} />
      <Facts
        facts={[
          { term: 'State', value: enabled ? 'Enabled' : 'Disabled: every call under it is refused' },
          { term: 'Origins', value: allowedOrigins.map((origin) => <code key={origin}>{origin}</code>) },
          { term: 'Requests per minute', value: requestsPerMinute ?? 'No limit' },
          { term: 'User tokens', value: userTokens === null ? 'Issued by this server' : userTokens.issuer },
          { term: 'Audience', value: userTokens?.audience ?? null },
          { term: 'Keys', value: userTokens && <code>{userTokens.jwksUrl}</code> },
          { term: 'Created', value: <Time at={createdAt} /> },
        ]}
      />
      <Credentials endpoint={endpoint} application={application} list={list} onMade={onMade} />
      {isEditing && (
        <ApplicationDialog
          endpoint={endpoint}
          application={application}
          onClose={() => setIsEditing(false)}
          onSaved={async () => {
            await list.read();
            setIsEditing(false);
          }}
        />
      )}
    </Panel>
  );
}
