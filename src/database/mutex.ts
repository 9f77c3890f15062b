// pure
export type Release = () => void;

/** Lets one holder in at a time, in the order of asking. */
export interface Mutex {
  acquire(): Promise<Release>;
  /** Holds it while something is done. */
  run<T>(work: () => Promise<T>): Promise<T>;
  /** How many wait behind the holder. */
  readonly waiting: number;
  readonly held: boolean;
}

export function createMutex(): Mutex {
  const waiters: (() => void)[] = [];
  let held = false;

  function releaseOnce(): Release {
    let released = false;
    return () => {
      if (released) return;
      released = true;
      const next = waiters.shift();
      // Handed over directly: nobody who asks in between gets in first.
      if (next === undefined) held = false;
      else next();
    };
  }

  async function acquire(): Promise<Release> {
    if (held) await new Promise<void>((resolve) => waiters.push(resolve));
    held = true;
    return releaseOnce();
  }

  return {
    acquire,
    async run(work) {
      const release = await acquire();
      try {
        return await work();
      } finally {
        release();
      }
    },
    get waiting() {
      return waiters.length;
    },
    get held() {
      return held;
    },
  };
}
