// pure
/** Places among the requests that are being sent at a time. Whoever waits longest gets the next one. */
export interface Slots {
  readonly limit: number;
  readonly inUse: number;
  /** Somebody waits: whoever could go on without giving a place back should give it back. */
  readonly contended: boolean;
  /** Takes a place if one is free and nobody waits. */
  tryTake(): boolean;
  /** Calls back once with a place. */
  take(granted: () => void): void;
  giveBack(): void;
}

export function createSlots(limit: number): Slots {
  let inUse = 0;
  const waiting: (() => void)[] = [];

  return {
    limit,
    get inUse() {
      return inUse;
    },
    get contended() {
      return waiting.length > 0;
    },
    tryTake() {
      if (inUse >= limit || waiting.length > 0) return false;
      inUse++;
      return true;
    },
    take(granted) {
      if (inUse < limit) {
        inUse++;
        granted();
        return;
      }
      waiting.push(granted);
    },
    giveBack() {
      const granted = waiting.shift();
      if (granted === undefined) inUse--;
      else granted();
    },
  };
}
