import { useState } from 'preact/hooks';
import { invalidParameter } from '../../client/errors.ts';
import { createApplication, updateApplication } from '../api/applications.ts';
import type { Endpoint } from '../api/endpoint.ts';
import type { Application } from '../api/types.ts';
import { Dialog } from '../parts/dialog.tsx';
import { TextField } from '../parts/field.tsx';
import { Form } from '../parts/form.tsx';
import { TextListField } from '../parts/list-field.tsx';

interface ApplicationDialogProps {
  endpoint: Endpoint;
  /** Null to make one. */
  application: Application | null;
  onClose(): void;
  /** With what was made, where one was. */
  onSaved(created: Awaited<ReturnType<typeof createApplication>> | null): unknown;
}

const TOKEN_FIELDS = [
  { name: 'issuer', label: 'Issuer' },
  { name: 'audience', label: 'Audience' },
  { name: 'jwksUrl', label: 'URL of its keys (JWKS)' },
] as const;

export function ApplicationDialog({ endpoint, application, onClose, onSaved }: ApplicationDialogProps) {
  const [name, setName] = useState(application?.name ?? '');
  const [origins, setOrigins] = useState(application?.allowedOrigins ?? []);
  const [perMinute, setPerMinute] = useState(String(application?.requestsPerMinute ?? ''));
  const [tokens, setTokens] = useState(application?.userTokens ?? { issuer: '', audience: '', jwksUrl: '' });

  async function save(): Promise<void> {
    const tidy = origins.map((origin) => origin.trim()).filter(Boolean);
    setOrigins(tidy);
    const input = {
      name,
      allowedOrigins: tidy,
      requestsPerMinute: readLimit(perMinute.trim()),
      userTokens: Object.values(tokens).some(Boolean) ? tokens : null,
    };
    if (application === null) return void onSaved(await createApplication(endpoint, input));
    await updateApplication(endpoint, application.id, input);
    onSaved(null);
  }

  return (
    <Dialog title={application === null ? 'Add an application' : `Edit ${application.name}`} onClose={onClose}>
      <Form label={application === null ? 'Add' : 'Save'} action={save} onCancel={onClose}>
        <TextField label="Name" path="name" first value={name} onChange={(text) => setName(text)} />
        <TextListField
          label="Origins of its pages"
          one="Origin"
          add="Add an origin"
          path="allowedOrigins"
          hint="Pages of other sites may not call: https://app.example.com"
          values={origins}
          onChange={(values) => setOrigins(values)}
        />
        <TextField
          label="Requests per minute"
          path="requestsPerMinute"
          hint="For each caller; empty for no limit."
          inputMode="numeric"
          value={perMinute}
          onChange={(text) => setPerMinute(text)}
        />
        <fieldset class="group">
          <legend>Its own identity provider</legend>
          <p class="about">Left empty: only user tokens that this server issues count.</p>
          {TOKEN_FIELDS.map((field) => (
            <TextField
              key={field.name}
              label={field.label}
              path={`userTokens.${field.name}`}
              value={tokens[field.name]}
              onChange={(text) => setTokens({ ...tokens, [field.name]: text })}
            />
          ))}
        </fieldset>
      </Form>
    </Dialog>
  );
}

/** Null for no limit. Throws what the API would say of no number, had JSON a way to tell it. */
function readLimit(text: string): number | null {
  if (/^\d*$/.test(text)) return text === '' ? null : Number(text);
  throw invalidParameter('input.requestsPerMinute', 'input.requestsPerMinute must be a whole number');
}
