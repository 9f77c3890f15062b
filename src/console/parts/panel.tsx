import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { focusIfNowhere } from './focus.ts';
import { Icon } from './icon.tsx';

interface PanelProps {
  title: ComponentChildren;
  /** Changes with what is shown: focus moves to it. */
  of: string;
  onClose(): void;
  children: ComponentChildren;
}

/** What is known of one row of the list beside it; on a narrow screen over it. */
export function Panel({ title, of, onClose, children }: PanelProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  const opener = useRef<Element | null>(null);
  useLayoutEffect(() => {
    opener.current = document.activeElement;
    heading.current?.focus({ preventScroll: true });
  }, [of]);
  useLayoutEffect(
    () => () => {
      if (opener.current instanceof HTMLElement) opener.current.focus();
      // What was deleted takes the row along that led here.
      setTimeout(focusIfNowhere);
    },
    [],
  );

  return (
    <aside class="panel" onKeyDown={(event) => leaves(event) && onClose()}>
      <header>
        <h2 ref={heading} tabIndex={-1}>
          {title}
        </h2>
        <button type="button" class="quiet" aria-label="Close the details" onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      {children}
    </aside>
  );
}

/** Escape in a dialog closes that alone. */
function leaves({ key, target }: KeyboardEvent): boolean {
  return key === 'Escape' && !(target instanceof Element && target.closest('dialog'));
}

export interface Fact {
  term: string;
  value: ComponentChildren;
}

/** Facts without a value are left out. */
export function Facts({ facts }: { facts: Fact[] }) {
  return (
    <dl>
      {facts
        .filter(({ value }) => value !== null && value !== '' && !(Array.isArray(value) && value.length === 0))
        .map(({ term, value }) => (
          <div key={term}>
            <dt>{term}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}
