import { useState } from 'preact/hooks';
import { createSecret, updateSecret } from '../api/secrets.ts';
import type { ClientSecret } from '../api/types.ts';
import { Dialog } from '../parts/dialog.tsx';
import { Field, TextField } from '../parts/field.tsx';
import { Form } from '../parts/form.tsx';
import { TextListField } from '../parts/list-field.tsx';
import { SecretInput } from '../parts/secret-input.tsx';
import { mayOpenUp, type Session } from '../session.ts';
import { AccessFields } from './access-fields.tsx';
import { changesOf, draftOf, inputOf, type SecretDraft, tidied } from './draft.ts';
import { ReachFields } from './reach-fields.tsx';

interface SecretDialogProps {
  session: Session;
  /** Null to add one. */
  secret: ClientSecret | null;
  onClose(): void;
  onSaved(secret: ClientSecret): void;
}

export function SecretDialog({ session, secret, onClose, onSaved }: SecretDialogProps) {
  const [draft, setDraft] = useState(draftOf(secret));
  const [value, setValue] = useState('');
  const set = (changes: Partial<SecretDraft>) => setDraft((before) => ({ ...before, ...changes }));
  const isFixed = secret !== null && !mayOpenUp(session, secret);
  const { name, clientId, identifierCode, tags, notes } = draft;

  async function save(): Promise<void> {
    const tidy = tidied(draft);
    // An empty line stays, to write in.
    setDraft({ ...tidy, allowedUrls: tidy.allowedUrls.length > 0 ? tidy.allowedUrls : [''] });
    onSaved(
      secret === null
        ? await createSecret(session.endpoint, { ...inputOf(tidy), clientSecret: value })
        : await updateSecret(session.endpoint, secret.id, changesOf(tidy, secret)),
    );
  }

  return (
    <Dialog title={secret === null ? 'Add a client secret' : `Edit ${secret.name}`} onClose={onClose}>
      <Form label={secret === null ? 'Add' : 'Save'} action={save} onCancel={onClose}>
        <TextField
          label="Name"
          path="name"
          hint="What requests call it."
          first
          value={name}
          onChange={(text) => set({ name: text })}
        />
        {secret === null && (
          <SecretInput
            label="Client secret"
            path="clientSecret"
            hint="The third party’s key. Nobody can read it again, here or anywhere."
            value={value}
            onChange={(text) => setValue(text)}
          />
        )}
        {isFixed && (
          <p class="note">Where it may be sent, and by whom, is for its owner and the application to change.</p>
        )}
        <ReachFields draft={draft} set={set} disabled={isFixed} />
        <TextField
          label="Client ID"
          path="clientId"
          hint="The third party’s ID for you, where it gives one: the value of $CLIENT_ID."
          value={clientId}
          onChange={(text) => set({ clientId: text })}
        />
        <AccessFields draft={draft} set={set} disabled={isFixed} />
        <TextListField
          label="Tags"
          one="Tag"
          add="Add a tag"
          path="tags"
          values={tags}
          onChange={(to) => set({ tags: to })}
        />
        <TextField
          label="Identifier code"
          path="identifierCode"
          hint="Your own key for it, unique among yours."
          value={identifierCode}
          onChange={(text) => set({ identifierCode: text })}
        />
        <Field label="Notes" path="notes">
          {(control) => (
            <textarea
              {...control}
              rows={3}
              value={notes}
              onInput={({ currentTarget }) => set({ notes: currentTarget.value })}
            />
          )}
        </Field>
      </Form>
    </Dialog>
  );
}
