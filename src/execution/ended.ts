// pure
import type { TimerWheel } from '../timer-wheel.ts';

/** Requests that are not to be sent any more, though a start of them may be on its way from the database. */
export interface Ended {
  /** Until the result is called, and a while after: a minute, unless it is told how many milliseconds. */
  hold(id: string): (ms?: number) => void;
  has(id: string): boolean;
}

/** Longer than any answer of the database is on its way. */
const REMEMBERED_MS = 60_000;

export function createEnded(wheel: TimerWheel): Ended {
  const holds = new Map<string, number>();

  function release(id: string): void {
    const left = (holds.get(id) ?? 1) - 1;
    if (left === 0) holds.delete(id);
    else holds.set(id, left);
  }

  return {
    hold(id) {
      holds.set(id, (holds.get(id) ?? 0) + 1);
      return (ms = REMEMBERED_MS) => {
        wheel.schedule(ms, () => release(id));
      };
    },
    has: (id) => holds.has(id),
  };
}
