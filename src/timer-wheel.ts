// pure
/** Ends a scheduled call before it happens; harmless afterwards. */
export type Cancel = () => void;

export interface TimerWheel {
  /** Calls `callback` once, `delayMs` from now or up to one tick later. */
  schedule(delayMs: number, callback: () => void): Cancel;
  close(): void;
}

const TICK_MS = 10;

/** Resolves when so many milliseconds have passed. */
export function pauseOn(wheel: Pick<TimerWheel, 'schedule'>, ms: number): Promise<void> {
  return new Promise((resolve) => {
    wheel.schedule(ms, resolve);
  });
}

/**
 * One interval for all deadlines of the process: thousands of requests in flight cost a set entry each, not a timer each.
 * Delays are rounded up to ticks of 10 ms. The interval runs only while something is scheduled and never keeps the process alive.
 */
export function createTimerWheel(now: () => number = () => performance.now()): TimerWheel {
  const slots = new Map<number, Set<() => void>>();
  let timer: NodeJS.Timeout | undefined;
  let reached = 0;

  function turn(): void {
    const tick = Math.floor(now() / TICK_MS);
    // After a long stall walking the slots that exist is cheaper than walking every tick that passed.
    const due =
      tick - reached > slots.size ? [...slots.keys()].filter((key) => key <= tick).sort((a, b) => a - b) : undefined;
    for (const key of due ?? range(reached + 1, tick)) {
      const callbacks = slots.get(key);
      if (callbacks === undefined) continue;
      slots.delete(key);
      for (const callback of callbacks) callback();
    }
    reached = tick;
    if (slots.size === 0) stop();
  }

  function stop(): void {
    clearInterval(timer);
    timer = undefined;
  }

  return {
    schedule(delayMs, callback) {
      const tick = Math.ceil((now() + Math.max(0, delayMs)) / TICK_MS) + 1;
      if (timer === undefined) {
        reached = Math.floor(now() / TICK_MS);
        timer = setInterval(turn, TICK_MS).unref();
      }
      // A closure of its own: the same function may be scheduled twice in one slot.
      const entry = () => callback();
      const slot = slots.get(tick) ?? new Set<() => void>();
      if (slot.size === 0) slots.set(tick, slot);
      slot.add(entry);
      return () => {
        slot.delete(entry);
        // Requests may wait for a day, and a day has 8 million ticks.
        if (slot.size === 0 && slots.get(tick) === slot) slots.delete(tick);
      };
    },
    close() {
      stop();
      slots.clear();
    },
  };
}

function* range(from: number, to: number): Generator<number> {
  for (let key = from; key <= to; key++) yield key;
}
