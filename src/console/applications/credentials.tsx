import { useState } from 'preact/hooks';
import { createCredential, type NewCredential, revokeCredential } from '../api/applications.ts';
import type { Endpoint } from '../api/endpoint.ts';
import type { Application, Credential } from '../api/types.ts';
import { Confirm } from '../parts/confirm.tsx';
import { Copyable } from '../parts/copy.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { TextField } from '../parts/field.tsx';
import { Form } from '../parts/form.tsx';
import { Icon } from '../parts/icon.tsx';
import { Ago } from '../parts/time.tsx';
import type { ApplicationList } from './application-list.ts';

interface CredentialsProps {
  endpoint: Endpoint;
  application: Application;
  list: ApplicationList;
  onMade(credential: NewCredential): void;
}

/** Several, so that one can be replaced without an outage. */
export function Credentials({ endpoint, application, list, onMade }: CredentialsProps) {
  const [revoked, setRevoked] = useState<Credential | null>(null);
  const [isAdding, setIsAdding] = useState(false);
  const [label, setLabel] = useState('');
  const close = () => {
    setIsAdding(false);
    setRevoked(null);
  };

  return (
    <section aria-label="Credentials">
      <div class="row">
        <h3>Credentials</h3>
        <button
          type="button"
          class="add"
          onClick={() => {
            setLabel('');
            setIsAdding(true);
          }}
        >
          <Icon name="plus" /> Add a credential
        </button>
      </div>
      <ul class="credentials">
        {application.credentials.map((credential) => (
          <li key={credential.id}>
            <div>
              <Copyable label="Client ID" text={credential.clientId} />
              <small>
                {credential.label && `${credential.label}, `}last used: <Ago at={credential.lastUsedAt} />
              </small>
            </div>
            <button
              type="button"
              class="danger"
              aria-label={`Revoke ${credential.clientId}`}
              onClick={() => setRevoked(credential)}
            >
              Revoke
            </button>
          </li>
        ))}
      </ul>
      {isAdding && (
        <Dialog title={`Add a credential to ${application.name}`} onClose={close}>
          <Form
            label="Add"
            onCancel={close}
            action={async () => {
              const made = await createCredential(endpoint, application.id, label.trim() || null);
              close();
              onMade(made);
              await list.read();
            }}
          >
            <TextField
              label="Label"
              path="label"
              hint="What it is for, so that it is known again."
              first
              value={label}
              onChange={(text) => setLabel(text)}
            />
          </Form>
        </Dialog>
      )}
      {revoked && (
        <Confirm
          title="Revoke a credential"
          label="Revoke"
          danger
          typed={revoked.clientId}
          onClose={close}
          action={async () => {
            await revokeCredential(endpoint, revoked?.id ?? '');
            close();
            await list.read();
          }}
        >
          Every backend and page that names this client ID is refused from now on.
        </Confirm>
      )}
    </section>
  );
}
