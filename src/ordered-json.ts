// pure
import { randomBytes } from 'node:crypto';

/** A key that JavaScript takes for an array index (below 2^32), escaped or not, wherever it may stand. */
const INDEX_KEY = /"(?:\d|\\u003\d){1,10}"\s*:/;
/** The quote that opens one. Within a string every quote has a backslash before it; before a key there is none. */
const OPENING_INDEX_KEY = /(?<!\\)"(?=(?:\d|\\u003\d){1,10}"\s*:)/g;

type JsonObject = Record<string, unknown>;

/**
 * What JSON.parse makes of a text, but with the keys of every object in the order of the text (BEHAVIOUR 3): JavaScript
 * puts those that are array indexes first. Where that order differs, the object is a Proxy that lists its keys in theirs;
 * it is for reading alone, and a copy loses the order. Throws a SyntaxError for what is no JSON.
 */
export function parseJson(text: string): unknown {
  return INDEX_KEY.test(text) ? parseMarked(text) : JSON.parse(text);
}

/** With a mark before each such key none is an index, and the order survives JSON.parse. */
function parseMarked(text: string): unknown {
  // 128 random bits, made after the text is known: nobody can have written them into it.
  const mark = `${randomBytes(16).toString('hex')}#`;
  const root: JsonObject = { value: JSON.parse(text.replace(OPENING_INDEX_KEY, `"${mark}`)) };
  // Not by recursion: JSON.parse survives any depth, and so must this.
  const unvisited: JsonObject[] = [root];
  for (let holder = unvisited.pop(); holder !== undefined; holder = unvisited.pop()) {
    for (const key of Object.keys(holder)) {
      const value = holder[key];
      if (typeof value !== 'object' || value === null) continue;
      const { target, listed } = unmarked(value as JsonObject, mark); // arrays too are read by their keys
      // Each key is its object's own, so that this replaces a value even where the key is __proto__.
      if (listed !== value) holder[key] = listed;
      unvisited.push(target);
    }
  }
  return root.value;
}

/** The object without marks: `target` holds its values, and `listed` is what shows its keys in order. */
function unmarked(object: JsonObject, mark: string): { target: JsonObject; listed: JsonObject } {
  const marked = Array.isArray(object) ? [] : Object.keys(object);
  if (!marked.some((key) => key.startsWith(mark))) return { target: object, listed: object };
  const keys = marked.map((key) => (key.startsWith(mark) ? key.slice(mark.length) : key));
  const target: JsonObject = Object.fromEntries(keys.map((key, at) => [key, object[marked[at] ?? key]]));
  const inOrder = Object.keys(target).every((key, at) => key === keys[at]);
  return { target, listed: inOrder ? target : new Proxy(target, { ownKeys: () => keys }) };
}
