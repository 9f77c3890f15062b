import type { ComponentChildren } from 'preact';
import { Problem } from './problem.tsx';

interface ListViewProps {
  title: string;
  /** At the right of the title. */
  tools?: ComponentChildren;
  error: unknown;
  /** The details of one, and dialogs. */
  beside?: ComponentChildren;
  /** Whether details are shown. */
  isSplit?: boolean;
  children: ComponentChildren;
}

/** A list, and at its side what is known of one that is in it. */
export function ListView({ title, tools, error, beside, isSplit, children }: ListViewProps) {
  return (
    <div class={isSplit ? 'view split' : 'view'}>
      <section class="list" aria-label={title}>
        <div class="tools">
          <h2>{title}</h2>
          {tools}
        </div>
        <Problem error={error} />
        {children}
      </section>
      {beside}
    </div>
  );
}
