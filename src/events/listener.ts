// pure
/** Something that changes: its newest state replaces those not read yet. */
export interface Versioned {
  id: string;
}

export interface Listener<T> extends AsyncIterableIterator<T> {
  push(value: T): void;
  /** After what is pending was read, the iteration ends. */
  end(): void;
}

/**
 * Attached from the moment it is made, so nothing between subscribing and the first read is lost. What was not read yet is
 * kept once for each thing, newest state alone: a listener that stops reading costs no more than `maxPending` references,
 * and is ended beyond that. graphql-yoga's own pub/sub attaches at the first read and grows without bound.
 */
export function createListener<T extends Versioned>(maxPending: number, onClose: () => void): Listener<T> {
  const pending = new Map<string, T>();
  let waiting: ((result: IteratorResult<T>) => void) | undefined;
  let ending = false;
  let closed = false;

  function close(): IteratorResult<T> {
    if (!closed) {
      closed = true;
      pending.clear();
      onClose();
      waiting?.({ done: true, value: undefined });
      waiting = undefined;
    }
    return { done: true, value: undefined };
  }

  function take(): T | undefined {
    const first = pending.entries().next();
    if (first.done) return undefined;
    const [id, value] = first.value;
    pending.delete(id);
    return value;
  }

  return {
    push(value) {
      if (closed || ending) return;
      if (waiting !== undefined) {
        const resolve = waiting;
        waiting = undefined;
        resolve({ done: false, value });
        return;
      }
      if (pending.size >= maxPending && !pending.has(value.id)) {
        close();
        return;
      }
      pending.set(value.id, value);
    },
    end() {
      ending = true;
      if (pending.size === 0) close();
    },
    next() {
      const value = take();
      if (value !== undefined) return Promise.resolve({ done: false, value });
      if (closed || ending) return Promise.resolve(close());
      return new Promise((resolve) => {
        waiting = resolve;
      });
    },
    return() {
      return Promise.resolve(close());
    },
    throw(error) {
      close();
      return Promise.reject(error);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
