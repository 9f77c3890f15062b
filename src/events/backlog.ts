// pure
/** A value that waits to be read. */
export interface Kept<T> {
  /** Once. Null where it is gone. */
  take(): T | Promise<T | null>;
  /** Nobody will read it. */
  drop(): void;
}

/** Keeps a value of so many bytes, or how to load it when it is read. */
export type Keep = <T>(value: T, bytes: number, load: () => Promise<T | null>) => Kept<T>;

/**
 * Of all listeners that are slow to read: beyond so much text, which no number of listeners makes more, values are read again
 * from the database when their turn comes. `load` must not lead to the value.
 */
export function createBacklog(maxBytes: number): Keep {
  let keptBytes = 0;

  return (value, bytes, load) => {
    if (keptBytes + bytes > maxBytes) return { take: load, drop() {} };
    keptBytes += bytes;
    return {
      take() {
        keptBytes -= bytes;
        return value;
      },
      drop() {
        keptBytes -= bytes;
      },
    };
  };
}
