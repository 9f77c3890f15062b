import { useState } from 'preact/hooks';
import { Field } from './field.tsx';

interface SecretInputProps {
  label: string;
  path: string;
  hint?: string;
  value: string;
  first?: boolean;
  onChange(value: string): void;
}

/** A password field that can be shown. */
export function SecretInput({ label, path, hint, value, first, onChange }: SecretInputProps) {
  const [isShown, setShown] = useState(false);
  return (
    <Field label={label} path={path} {...(hint && { hint })}>
      {(control) => {
        const shared = { ...control, value, autocomplete: 'off', spellcheck: false, 'data-first': first } as const;
        const read = ({ currentTarget }: { currentTarget: HTMLInputElement }) => onChange(currentTarget.value);
        return (
          <div class="entry">
            {isShown ? (
              <input {...shared} type="text" onInput={read} />
            ) : (
              <input {...shared} type="password" onInput={read} />
            )}
            <button
              type="button"
              aria-pressed={isShown}
              aria-label={`Show the ${label.toLowerCase()}`}
              onClick={() => setShown(!isShown)}
            >
              {isShown ? 'Hide' : 'Show'}
            </button>
          </div>
        );
      }}
    </Field>
  );
}
