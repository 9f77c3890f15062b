import type { ComponentChildren } from 'preact';

interface TableProps {
  class: string;
  /** Heads of the columns, each with the class that their cells have. */
  columns: readonly (readonly [head: string, kind?: string])[];
  children: ComponentChildren;
}

export function Table({ class: kind, columns, children }: TableProps) {
  return (
    <table class={kind}>
      <thead>
        <tr>
          {columns.map(([head, column]) => (
            <th key={head} scope="col" class={column}>
              {column === 'lock' ? <span class="hidden">{head}</span> : head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  );
}

/** A state in a word, and by a dot whose form tells it too. */
export function State({ is }: { is: string }) {
  return <span class={`state ${is}`}>{is}</span>;
}

interface RowLinkProps {
  href: string;
  isShown: boolean;
  title?: string;
  children: ComponentChildren;
}

/** The way from a row to its details, for keyboards as well. */
export function RowLink({ href, isShown, title, children }: RowLinkProps) {
  return (
    <a href={href} title={title} aria-current={isShown ? 'true' : undefined}>
      {children}
    </a>
  );
}

interface RowProps {
  href: string;
  isShown: boolean;
  children: ComponentChildren;
}

/** A row that opens wherever it is clicked; the link in it is for everybody else. */
export function Row({ href, isShown, children }: RowProps) {
  return (
    <tr
      class={isShown ? 'shown' : ''}
      onClick={() => {
        location.hash = href;
      }}
    >
      {children}
    </tr>
  );
}

/** A URL without its scheme. */
export function Address({ url }: { url: string }) {
  const [, host, rest] = /^(?:https?:\/\/)?([^/?]*)(.*)$/s.exec(url) ?? [];
  return (
    <>
      <span class="host">{host}</span>
      {rest}
    </>
  );
}
