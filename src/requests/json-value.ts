// pure
import { invalidParameter, type KeyholeError } from '../errors.ts';
import { formatPath } from './parameter-path.ts';

/** As deep as the responses that are taken for JSON, and far from the end of any stack. */
const MAX_DEPTH = 100;
// With the u flag a surrogate matches only where it stands alone.
const UNSENDABLE = /[\0\uD800-\uDFFF]/u;

/**
 * Checks that a value is JSON that can be stored and sent: no NUL and no half of a surrogate pair in any text or key,
 * finite numbers, 100 levels at most. `path` is where it stands, and is used as scratch: it comes back as it was.
 * Returns what its JSON text has at most, in bytes; throws INVALID_PARAMETER with the path of the offender.
 */
export function checkJson(value: unknown, path: (string | number)[], depth = 0): number {
  switch (typeof value) {
    case 'string':
      checkText(value, path);
      return 6 * value.length + 3;
    case 'number':
      if (!Number.isFinite(value)) throw notJson(path);
      return 26;
    case 'boolean':
      return 6;
    case 'object':
      if (value === null) return 5;
      if (depth >= MAX_DEPTH) {
        throw invalidParameter(formatPath(path.slice(0, 2)), `Nested deeper than ${MAX_DEPTH} levels.`);
      }
      return Array.isArray(value) ? checkArray(value, path, depth) : checkObject(value, path, depth);
    default:
      throw notJson(path);
  }
}

function checkArray(array: readonly unknown[], path: (string | number)[], depth: number): number {
  let bytes = 3;
  for (let index = 0; index < array.length; index++) {
    path.push(index);
    bytes += checkJson(array[index], path, depth + 1);
    path.pop();
  }
  return bytes;
}

function checkObject(object: object, path: (string | number)[], depth: number): number {
  const prototype: unknown = Object.getPrototypeOf(object);
  if (prototype !== Object.prototype && prototype !== null) throw notJson(path);
  let bytes = 3;
  // Own keys alone, so that a key named __proto__ is one like any other.
  for (const key of Object.keys(object)) {
    checkText(key, path);
    const value: unknown = (object as Record<string, unknown>)[key];
    // A GraphQL variable that was not given, within a literal: JSON leaves it out.
    if (value === undefined) continue;
    path.push(key);
    bytes += 6 * key.length + 3 + checkJson(value, path, depth + 1);
    path.pop();
  }
  return bytes;
}

/** Throws INVALID_PARAMETER at `path` for a text that cannot be stored and sent as it is. */
export function checkText(text: string, path: readonly (string | number)[]): void {
  if (!UNSENDABLE.test(text)) return;
  const fault = text.includes('\0') ? 'the character NUL' : 'half of a surrogate pair';
  throw invalidParameter(formatPath(path), `Must not have ${fault} in it.`);
}

function notJson(path: readonly (string | number)[]): KeyholeError {
  return invalidParameter(formatPath(path), 'Must be a JSON value.');
}
