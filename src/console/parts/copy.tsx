import { useRef, useState } from 'preact/hooks';
import { Icon } from './icon.tsx';

/** A text to take along. Where the browser lets no page copy (plain http), it is selected instead. */
export function Copyable({ label, text, block }: { label: string; text: string; block?: boolean }) {
  const shown = useRef<HTMLElement>(null);
  const [said, setSaid] = useState('');

  async function copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
      setSaid('Copied');
    } catch {
      if (shown.current) getSelection()?.selectAllChildren(shown.current);
      setSaid('Selected: copy it now');
    }
    setTimeout(() => setSaid(''), 2_000);
  }

  return (
    <div class={block ? 'copyable block' : 'copyable'}>
      <code ref={shown}>{text}</code>
      <button type="button" class="quiet" aria-label={`Copy the ${label.toLowerCase()}`} onClick={copy}>
        <Icon name={said ? 'check' : 'copy'} />
      </button>
      <span role="status">{said}</span>
    </div>
  );
}
