import type { ComponentChildren } from 'preact';
import { useId, useRef } from 'preact/hooks';
import { About } from './field.tsx';
import { useErrorAt } from './form.tsx';
import { Icon } from './icon.tsx';

interface ListFieldProps<T> {
  label: string;
  /** What one of them is called, and the button that adds one. */
  one: string;
  add: string;
  path: string;
  hint?: string;
  disabled?: boolean | undefined;
  values: readonly T[];
  empty: T;
  textOf(value: T): string;
  withText(value: T, text: string): T;
  /** What belongs to an entry beside its text. */
  more?(value: T, set: (value: T) => void): ComponentChildren;
  onChange(values: T[]): void;
}

/** A list of texts, one control each, so that an error stands at the one that it is about. */
export function ListField<T>(props: ListFieldProps<T>) {
  const { label, one, add, path, hint, disabled, values, empty, onChange } = props;
  const id = useId();
  const group = useRef<HTMLFieldSetElement>(null);
  const error = useErrorAt(path);

  function grow(): void {
    onChange([...values, empty]);
    focusAt(values.length);
  }

  function remove(index: number): void {
    onChange(values.filter((_, at) => at !== index));
    focusAt(index);
  }

  /** The entry there, or the last, or what adds one: whatever had the focus may be gone. */
  function focusAt(index: number): void {
    // The controls are there after the rendering.
    setTimeout(() => {
      const entries = [...(group.current?.querySelectorAll<HTMLElement>('.entry > input, .add') ?? [])];
      const add = entries.pop();
      (entries[index] ?? entries.at(-1) ?? add)?.focus();
    });
  }

  return (
    <fieldset ref={group} class="field" disabled={disabled} aria-describedby={`${id}-about`}>
      <legend>{label}</legend>
      {values.map((value, index) => (
        <Entry
          // Texts that are being edited have nothing else to be told apart by.
          key={index}
          {...props}
          value={value}
          label={values.length > 1 ? `${one} ${index + 1}` : one}
          path={`${path}[${index}]`}
          onEntry={(entry) => onChange(values.with(index, entry))}
          onRemove={() => remove(index)}
        />
      ))}
      {!disabled && (
        <button type="button" class="add" onClick={grow}>
          <Icon name="plus" /> {add}
        </button>
      )}
      <About id={`${id}-about`} hint={hint} error={error} />
    </fieldset>
  );
}

interface EntryProps<T> extends ListFieldProps<T> {
  value: T;
  onEntry(value: T): void;
  onRemove(): void;
}

function Entry<T>({ label, path, disabled, value, textOf, withText, more, onEntry, onRemove }: EntryProps<T>) {
  const id = useId();
  const error = useErrorAt(path, true);
  return (
    <>
      <div class="entry">
        <input
          type="text"
          aria-label={label}
          aria-invalid={error !== null}
          aria-describedby={id}
          autocomplete="off"
          spellcheck={false}
          value={textOf(value)}
          onInput={({ currentTarget }) => onEntry(withText(value, currentTarget.value))}
        />
        {more?.(value, onEntry)}
        {!disabled && (
          <button type="button" class="quiet" aria-label={`Remove ${label}`} onClick={onRemove}>
            <Icon name="close" />
          </button>
        )}
      </div>
      <About id={id} error={error} />
    </>
  );
}

/** A list of plain texts. */
export function TextListField(props: Omit<ListFieldProps<string>, 'empty' | 'textOf' | 'withText' | 'more'>) {
  return <ListField {...props} empty="" textOf={(text) => text} withText={(_, text) => text} />;
}
