import { useId } from 'preact/hooks';
import { About } from './field.tsx';
import { useErrorAt } from './form.tsx';

interface ChoiceFieldProps<T extends string> {
  label: string;
  path: string;
  hint?: string;
  disabled?: boolean | undefined;
  /** Each with a sentence on what choosing it means, or with none. */
  choices: readonly { value: T; about?: string }[];
  chosen: readonly T[];
  onChange(chosen: T[]): void;
}

/** Some of a few. */
export function ChoiceField<T extends string>(props: ChoiceFieldProps<T>) {
  const { label, path, hint, disabled, choices, chosen, onChange } = props;
  const id = useId();
  const error = useErrorAt(path, true);
  const set = (value: T, isChosen: boolean) =>
    // In the order in which they are offered, whichever was chosen first.
    onChange(choices.map((choice) => choice.value).filter((at) => (at === value ? isChosen : chosen.includes(at))));

  return (
    <fieldset class="field" disabled={disabled} aria-describedby={`${id}-about`}>
      <legend>{label}</legend>
      <div class={choices.some((choice) => choice.about) ? 'choices tall' : 'choices'}>
        {choices.map(({ value, about }) => (
          <label key={value}>
            <input
              type="checkbox"
              checked={chosen.includes(value)}
              aria-invalid={error !== null}
              onChange={({ currentTarget }) => set(value, currentTarget.checked)}
            />
            <span>
              <code>{value}</code>
              {about && <small>{about}</small>}
            </span>
          </label>
        ))}
      </div>
      <About id={`${id}-about`} hint={hint} error={error} />
    </fieldset>
  );
}
