import type { Signal } from '@preact/signals';
import type { Liveness } from '../api/follow.ts';

const WORDS: Record<Liveness, string> = {
  connecting: 'Connecting',
  live: 'Live',
  broken: 'Reconnecting',
  over: 'Not live',
};

/** Whether what is shown follows what happens. */
export function Live({ liveness }: { liveness: Signal<Liveness> }) {
  return (
    <span class={`live ${liveness.value}`} role="status">
      {WORDS[liveness.value]}
    </span>
  );
}
