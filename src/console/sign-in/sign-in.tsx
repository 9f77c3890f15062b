import { useState } from 'preact/hooks';
import { invalidParameter } from '../../client/errors.ts';
import type { Credential } from '../api/credential.ts';
import { TextField } from '../parts/field.tsx';
import { Form } from '../parts/form.tsx';
import { SecretInput } from '../parts/secret-input.tsx';
import { refusal, signIn } from '../session.ts';

const KINDS: { kind: Credential['kind']; name: string; about: string }[] = [
  { kind: 'APPLICATION', name: 'Application', about: 'Sees all of the application’s client secrets and requests.' },
  { kind: 'USER', name: 'User', about: 'Sees what this user of the application may see.' },
  { kind: 'OPERATOR', name: 'Operator', about: 'Manages applications; sees no client secrets and no requests.' },
];

const PROOFS = { APPLICATION: 'Client secret', USER: 'User token', OPERATOR: 'Operator token' };

export function SignIn() {
  document.title = 'Sign in – Keyhole';
  const [kind, setKind] = useState<Credential['kind']>('APPLICATION');
  const [clientId, setClientId] = useState('');
  const [proof, setProof] = useState('');

  async function submit(): Promise<void> {
    refusal.value = null;
    if (kind !== 'OPERATOR' && !clientId.trim()) throw invalidParameter('input.clientId', 'The client ID is missing.');
    if (!proof.trim()) throw invalidParameter('input.proof', `The ${PROOFS[kind].toLowerCase()} is missing.`);
    await signIn(toCredential(kind, clientId.trim(), proof.trim()));
  }

  return (
    <main class="sign-in">
      <h1 tabIndex={-1}>
        <Mark /> Keyhole
      </h1>
      {refusal.value && (
        <p class="error" role="alert">
          Signed out: {refusal.value}
        </p>
      )}
      <Form label="Sign in" action={submit}>
        <fieldset class="field kinds">
          <legend>Sign in as</legend>
          {KINDS.map((choice) => (
            <label key={choice.kind}>
              <input
                type="radio"
                name="kind"
                checked={kind === choice.kind}
                onChange={() => {
                  setKind(choice.kind);
                  setProof('');
                }}
              />
              {choice.name}
            </label>
          ))}
          <p class="about">{KINDS.find((choice) => choice.kind === kind)?.about}</p>
        </fieldset>
        {kind !== 'OPERATOR' && (
          <TextField label="Client ID" path="clientId" value={clientId} onChange={(value) => setClientId(value)} />
        )}
        <SecretInput
          key={kind}
          label={PROOFS[kind]}
          path="proof"
          hint="Kept in this tab until it is closed."
          value={proof}
          onChange={(value) => setProof(value)}
        />
      </Form>
    </main>
  );
}

export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 16 16" aria-hidden="true">
      <path d="M8 1.5a4 4 0 0 0-2 7.46L4.8 14.5h6.4L10 8.96A4 4 0 0 0 8 1.5z" />
    </svg>
  );
}

function toCredential(kind: Credential['kind'], clientId: string, proof: string): Credential {
  switch (kind) {
    case 'APPLICATION':
      return { kind, clientId, clientSecret: proof };
    case 'USER':
      return { kind, clientId, token: proof };
    case 'OPERATOR':
      return { kind, token: proof };
  }
}
