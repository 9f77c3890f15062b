import type { TimerWheel } from '../../../../src/timer-wheel.ts';

export interface ManualWheel extends TimerWheel {
  /** So many milliseconds pass; what is due then happens, in order. */
  pass(ms: number): void;
  readonly scheduled: number;
  now(): number;
}

/** A wheel whose time passes when the test says so. */
export function createManualWheel(): ManualWheel {
  let now = 0;
  const entries = new Set<{ at: number; callback: () => void }>();

  return {
    schedule(delayMs, callback) {
      const entry = { at: now + Math.max(0, delayMs), callback };
      entries.add(entry);
      return () => void entries.delete(entry);
    },
    close: () => entries.clear(),
    pass(ms) {
      now += ms;
      for (const entry of [...entries].sort((a, b) => a.at - b.at)) {
        if (entry.at > now || !entries.delete(entry)) continue;
        entry.callback();
      }
    },
    get scheduled() {
      return entries.size;
    },
    now: () => now,
  };
}
