// pure
/** A `Map` for what comes and goes many times a second, such as requests in flight. */
export interface Registry<K, V> {
  get(key: K): V | undefined;
  has(key: K): boolean;
  set(key: K, value: V): void;
  /** False where there is none. */
  delete(key: K): boolean;
  /** In the order in which their keys came. */
  values(): Iterable<V>;
  readonly size: number;
}

interface Box<V> {
  value: V | undefined;
}

/**
 * V8 lets each table that a `Map` outgrew lead to the next one. Once one of them is old, and every full collection makes
 * the newest one old, whatever stood in any table after it stays until the next full collection, with all that it leads to. So
 * the tables hold boxes here, and what is deleted is taken out of its box.
 */
export function createRegistry<K, V>(): Registry<K, V> {
  const boxes = new Map<K, Box<V>>();

  function* values(): Generator<V> {
    for (const { value } of boxes.values()) if (value !== undefined) yield value;
  }

  return {
    get: (key) => boxes.get(key)?.value,
    has: (key) => boxes.has(key),
    set(key, value) {
      const box = boxes.get(key);
      if (box === undefined) boxes.set(key, { value });
      else box.value = value;
    },
    delete(key) {
      const box = boxes.get(key);
      if (box === undefined) return false;
      box.value = undefined;
      return boxes.delete(key);
    },
    values,
    get size() {
      return boxes.size;
    },
  };
}
