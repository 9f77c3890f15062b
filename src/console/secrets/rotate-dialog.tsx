import { useState } from 'preact/hooks';
import { rotateSecret } from '../api/secrets.ts';
import type { ClientSecret } from '../api/types.ts';
import { Dialog } from '../parts/dialog.tsx';
import { Form } from '../parts/form.tsx';
import { SecretInput } from '../parts/secret-input.tsx';
import type { Session } from '../session.ts';

interface RotateDialogProps {
  session: Session;
  secret: ClientSecret;
  onClose(): void;
  onSaved(secret: ClientSecret): void;
}

export function RotateDialog({ session, secret, onClose, onSaved }: RotateDialogProps) {
  const [value, setValue] = useState('');
  return (
    <Dialog title={`Rotate ${secret.name}`} onClose={onClose}>
      <Form
        label="Rotate"
        action={async () => onSaved(await rotateSecret(session.endpoint, secret.id, value))}
        onCancel={onClose}
      >
        <SecretInput
          label="New client secret"
          path="clientSecret"
          hint={`Takes the place of ${secret.maskedSecret}. Requests that wait are sent with the new one.`}
          first
          value={value}
          onChange={(text) => setValue(text)}
        />
      </Form>
    </Dialog>
  );
}
