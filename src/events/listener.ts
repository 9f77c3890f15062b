// pure
import type { Kept } from './backlog.ts';

/** Something that changes: its newest state replaces those not read yet. */
export interface Versioned {
  id: string;
}

export interface Listener<T> extends AsyncIterableIterator<T> {
  push(value: T): void;
  /** After what is pending was read, the iteration ends. */
  end(): void;
}

export interface ListenerOptions<T> {
  /** Of how many things. */
  maxPending: number;
  onClose: () => void;
  /** How a state is kept until it is read. */
  keep(value: T): Kept<T>;
}

/**
 * Attached from the moment it is made, so nothing between subscribing and the first read is lost. What was not read yet is
 * kept once for each thing, newest state alone: a listener that stops reading costs no more than `maxPending` of what `keep`
 * makes of them, and is ended beyond that. graphql-yoga's own pub/sub attaches at the first read and grows without bound.
 */
export function createListener<T extends Versioned>({ maxPending, onClose, keep }: ListenerOptions<T>): Listener<T> {
  const pending = new Map<string, Kept<T>>();
  let waiting: ((result: IteratorResult<T>) => void) | undefined;
  let ending = false;
  let closed = false;

  function close(): IteratorResult<T> {
    if (!closed) {
      closed = true;
      for (const kept of pending.values()) kept.drop();
      pending.clear();
      onClose();
      waiting?.({ done: true, value: undefined });
      waiting = undefined;
    }
    return { done: true, value: undefined };
  }

  function takeFirst(): Kept<T> | undefined {
    const first = pending.entries().next();
    if (first.done) return undefined;
    const [id, kept] = first.value;
    pending.delete(id);
    return kept;
  }

  /** What is gone by the time that it is read is passed over. */
  async function loaded(loading: Promise<T | null>): Promise<IteratorResult<T>> {
    const value = await loading;
    return value === null ? next() : { done: false, value };
  }

  function next(): Promise<IteratorResult<T>> {
    const value = takeFirst()?.take();
    if (value instanceof Promise) return loaded(value);
    if (value !== undefined) return Promise.resolve({ done: false, value });
    if (closed || ending) return Promise.resolve(close());
    return new Promise((resolve) => {
      waiting = resolve;
    });
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
      const before = pending.get(value.id);
      if (before === undefined && pending.size >= maxPending) {
        close();
        return;
      }
      before?.drop();
      pending.set(value.id, keep(value));
    },
    end() {
      ending = true;
      if (pending.size === 0) close();
    },
    next,
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
