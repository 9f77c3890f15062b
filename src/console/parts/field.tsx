import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { useErrorAt } from './form.tsx';

/** What a control needs to belong to its label, its hint and its error. */
export interface ControlProps {
  id: string;
  'aria-invalid': boolean;
  'aria-describedby': string;
}

interface FieldProps {
  label: string;
  /** Of its value in the API's input. */
  path: string;
  hint?: string;
  children(control: ControlProps): ComponentChildren;
}

export function Field({ label, path, hint, children }: FieldProps) {
  const id = useId();
  const error = useErrorAt(path);
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children({ id, 'aria-invalid': error !== null, 'aria-describedby': `${id}-about` })}
      <About id={`${id}-about`} hint={hint} error={error} />
    </div>
  );
}

interface TextFieldProps {
  label: string;
  path: string;
  hint?: string;
  value: string;
  first?: boolean;
  disabled?: boolean;
  inputMode?: 'numeric';
  onChange(value: string): void;
}

export function TextField({ label, path, hint, value, first, disabled, inputMode, onChange }: TextFieldProps) {
  return (
    <Field label={label} path={path} {...(hint && { hint })}>
      {(control) => (
        <input
          {...control}
          type="text"
          inputMode={inputMode}
          value={value}
          disabled={disabled}
          data-first={first}
          autocomplete="off"
          spellcheck={false}
          onInput={({ currentTarget }) => onChange(currentTarget.value)}
        />
      )}
    </Field>
  );
}

/** A hint, and an error that is read out when it comes. */
export function About({ id, hint, error }: { id: string; hint?: string | undefined; error: string | null }) {
  return (
    <p id={id} class="about">
      {error ? (
        <span class="error" role="alert">
          {error}
        </span>
      ) : (
        hint
      )}
    </p>
  );
}
