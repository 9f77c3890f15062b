import { type ComponentChildren, createContext } from 'preact';
import { useContext, useEffect, useRef, useState } from 'preact/hooks';
import { KeyholeError } from '../../client/errors.ts';
import { errorText } from './error-text.ts';
import { Problem } from './problem.tsx';
import { useTask } from './task.ts';

/** Of the form around: the error of its last submission. */
const FormError = createContext<unknown>(null);

interface FormProps {
  label: string;
  danger?: boolean;
  disabled?: boolean;
  /** What it does; the form shows how that fails, at the field where the API says which. */
  action(): Promise<unknown>;
  onCancel?(): void;
  children: ComponentChildren;
}

export function Form({ label, danger, disabled, action, onCancel, children }: FormProps) {
  const form = useRef<HTMLFormElement>(null);
  const task = useTask();
  /** The API names no field that stands here. */
  const [isOfAll, setOfAll] = useState(false);
  const { error } = task;
  // Fields hear of the error after the form itself, before the next frame.
  useEffect(() => {
    const field = form.current?.querySelector('.about > .error')?.closest('.field');
    // A list that is wrong as a whole has no entry that is: its first one, or what adds one. Never what removes one.
    const wrong =
      field?.querySelector<HTMLElement>('[aria-invalid=true]') ?? field?.querySelector<HTMLElement>('input, .add');
    setOfAll(Boolean(error) && !field);
    if (error) wrong?.focus();
  }, [error]);

  return (
    <form
      ref={form}
      noValidate
      onInput={task.forget}
      onSubmit={(event) => {
        event.preventDefault();
        void task.run(action);
      }}
    >
      <div class="fields">
        <FormError.Provider value={error}>{children}</FormError.Provider>
      </div>
      <footer>
        <Problem error={isOfAll && error} />
        {onCancel && (
          <button type="button" onClick={onCancel}>
            Cancel
          </button>
        )}
        <button type="submit" class={danger ? 'danger' : 'main'} disabled={disabled} aria-busy={task.busy}>
          {label}
        </button>
      </footer>
    </form>
  );
}

/** What the API said of the value at `path` (`allowedUrls[0]`) and, where it is `deep`, of anything in it. */
export function useErrorAt(path: string, deep = false): string | null {
  const error = useContext(FormError);
  if (!(error instanceof KeyholeError) || !error.parameter) return null;
  const { parameter } = error;
  const isHere =
    parameter === `input.${path}` ||
    (deep && [`input.${path}.`, `input.${path}[`].some((start) => parameter.startsWith(start)));
  return isHere ? errorText(error) : null;
}
