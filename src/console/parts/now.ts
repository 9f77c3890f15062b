import { signal } from '@preact/signals';

/** Milliseconds since 1970, to the second: what shows how long something takes reads it, and is drawn anew. */
export const now = signal(Date.now());

setInterval(() => {
  if (!document.hidden) now.value = Date.now();
}, 1_000);
