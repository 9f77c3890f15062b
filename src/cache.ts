// pure
/** A map that holds at most so many entries: the one used longest ago makes room. */
export interface Lru<K, V> {
  get(key: K): V | undefined;
  /** Without counting as a use. */
  peek(key: K): V | undefined;
  set(key: K, value: V): void;
  delete(key: K): void;
  /** Drops every entry that `matches`; walks them all. */
  deleteWhere(matches: (value: V, key: K) => boolean): void;
  clear(): void;
  readonly size: number;
}

/**
 * A `Map` keeps its keys in the order of insertion, so that taking an entry out and putting it back makes it the newest.
 * While half of it is empty nothing will have to make room for long, and a use costs a look alone.
 */
export function createLru<K, V>(max: number): Lru<K, V> {
  const entries = new Map<K, V>();
  return {
    get(key) {
      const value = entries.get(key);
      if (value === undefined || entries.size * 2 <= max) return value;
      entries.delete(key);
      entries.set(key, value);
      return value;
    },
    peek: (key) => entries.get(key),
    set(key, value) {
      entries.delete(key);
      entries.set(key, value);
      if (entries.size <= max) return;
      for (const oldest of entries.keys()) {
        entries.delete(oldest);
        return;
      }
    },
    delete(key) {
      entries.delete(key);
    },
    deleteWhere(matches) {
      for (const [key, value] of entries) if (matches(value, key)) entries.delete(key);
    },
    clear() {
      entries.clear();
    },
    get size() {
      return entries.size;
    },
  };
}

/**
 * The same check, made once for each text that passes it: one that throws is asked again. `check` must always say the same
 * of a text, and what is remembered must not hold a secret.
 */
export function rememberPassed(check: (text: string) => void, max = 1_000): (text: string) => void {
  const passed = new Set<string>();
  return (text) => {
    if (passed.has(text)) return;
    check(text);
    // Rarely more than a few; starting anew is simpler than keeping the order of use.
    if (passed.size >= max) passed.clear();
    if (text.length <= MAX_REMEMBERED_LENGTH) passed.add(text);
  };
}

const MAX_REMEMBERED_LENGTH = 2_000;
