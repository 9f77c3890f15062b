import { invalidParameter } from './errors.ts';

/** What the controls of one name say, in document order. */
export interface FormField {
  name: string;
  values: unknown[];
  /** The name can have several values (repeated, `select multiple`, several files): always an array, however many there are. */
  isList: boolean;
}

/** Deep enough for any API, and no deeper than a recursive walk can follow. */
const DEEPEST = 100;
const FORBIDDEN_KEYS = ['__proto__', 'constructor', 'prototype'];

/** A container being built: `list` for keys that are indexes, in whatever order they come. */
interface Branch {
  kind: 'object' | 'list';
  children: Map<string, Branch | Leaf>;
}

interface Leaf {
  kind: 'leaf';
  value: unknown;
}

/**
 * Nests fields by the brackets in their names: `data[user][name]` is a key of a key, `data[0]` and `data[tags][]` make arrays. Indexes only order:
 * gaps close. Keys keep the order in which they first appear. Throws `INVALID_PARAMETER` for a name that does not fit beside the others.
 */
export function decodeForm(fields: Iterable<FormField>): Record<string, unknown> {
  const root: Branch = { kind: 'object', children: new Map() };
  for (const { name, values, isList } of fields) {
    const keys = keysOf(name);
    const isOpen = keys.at(-1) === '';
    if (isOpen) keys.pop();
    if (keys.includes(''))
      throw invalidParameter(name, `"${name}": [] may stand at the end only; number the entries: [0], [1] …`);
    if (isOpen || isList) insert(root, name, keys, values);
    else if (values.length > 0) insert(root, name, keys, values[0]);
  }
  // The root is an object, whatever its fields are called.
  return harvest(root) as Record<string, unknown>;
}

function keysOf(name: string): string[] {
  if (!/^[^[\]]+(\[[^[\]]*\])*$/.test(name)) throw invalidParameter(name, `"${name}": the brackets do not pair up`);
  const keys = name.split(/\]?\[|\]$/);
  if (name.endsWith(']')) keys.pop();
  if (keys.length > DEEPEST) throw invalidParameter(name.slice(0, 80), `Names nest ${DEEPEST} deep at most`);
  const forbidden = keys.find((key) => FORBIDDEN_KEYS.includes(key));
  if (forbidden) throw invalidParameter(name, `"${name}": ${forbidden} is not allowed as a key`);
  return keys;
}

function insert(root: Branch, name: string, keys: string[], value: unknown): void {
  let branch = root;
  for (const [depth, key] of keys.entries()) {
    const isIndex = depth > 0 && /^(0|[1-9]\d*)$/.test(key);
    if (branch.children.size === 0 && depth > 0) branch.kind = isIndex ? 'list' : 'object';
    else if (isIndex !== (branch.kind === 'list')) throw conflict(name, 'numbers and names as keys of the same thing');
    const known = branch.children.get(key);
    if (depth === keys.length - 1) {
      if (known) throw conflict(name, 'another name that says the same, or that goes on with brackets');
      branch.children.set(key, { kind: 'leaf', value });
    } else {
      if (known?.kind === 'leaf') throw conflict(name, 'the same name without the last brackets');
      const next = known ?? { kind: 'object', children: new Map() };
      branch.children.set(key, next);
      branch = next;
    }
  }
}

function conflict(name: string, what: string): Error {
  return invalidParameter(name, `"${name}" cannot stand beside ${what}`);
}

function harvest(node: Branch | Leaf): unknown {
  if (node.kind === 'leaf') return node.value;
  const entries = [...node.children];
  if (node.kind === 'object') return Object.fromEntries(entries.map(([key, child]) => [key, harvest(child)]));
  return entries.sort(([a], [b]) => Number(a) - Number(b)).map(([, child]) => harvest(child));
}
