// pure
/** A map that holds at most so many entries, and always the half of them that was used last. */
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
 * Two generations: what is used is in the young one, and when that is half of the whole, the old one goes and it takes its
 * place. Making room for one entry at a time would be exact, and take a `Map` twenty times as long: it steps over
 * everything that was deleted before to find its oldest key.
 */
export function createLru<K, V>(max: number): Lru<K, V> {
  let young = new Map<K, V>();
  let old = new Map<K, V>();

  function set(key: K, value: V): void {
    old.delete(key);
    young.set(key, value);
    if (young.size * 2 < max) return;
    old = young;
    young = new Map();
  }

  return {
    get(key) {
      const value = young.get(key);
      if (value !== undefined) return value;
      const aged = old.get(key);
      if (aged !== undefined) set(key, aged);
      return aged;
    },
    peek: (key) => young.get(key) ?? old.get(key),
    set,
    delete(key) {
      young.delete(key);
      old.delete(key);
    },
    deleteWhere(matches) {
      for (const entries of [young, old]) {
        for (const [key, value] of entries) if (matches(value, key)) entries.delete(key);
      }
    },
    clear() {
      young.clear();
      old.clear();
    },
    get size() {
      return young.size + old.size;
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
