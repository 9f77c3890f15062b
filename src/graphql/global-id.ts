import { invalidParameter } from '../errors.ts';
import { isId } from '../ids.ts';

/** The types that have global IDs, and no others implement `Node`. */
export const NODE_TYPES = [
  'Application',
  'ApplicationCredential',
  'ClientSecret',
  'ClientSecretRequest',
  'Queue',
] as const;
export type NodeType = (typeof NODE_TYPES)[number];

/** How many nodes may be asked for at once. */
export const MAX_NODE_IDS = 100;

/** Opaque to clients: Base64 of type and UUID. */
export function encodeGlobalId(typename: string, id: string | number | bigint): string {
  return Buffer.from(`${typename}:${id}`).toString('base64');
}

// What is no ID stands for a node that never is. It needs the name of a type that can be looked up.
const NOTHING = { typename: NODE_TYPES[0], id: '' } as const;

/** Never throws: an ID that is none is one of nothing, so that it gets the answer of one that is not there. */
export function decodeGlobalId(globalId: string): { typename: NodeType; id: string } {
  const text = Buffer.from(globalId, 'base64').toString('latin1');
  const colon = text.indexOf(':');
  const typename = NODE_TYPES.find((name) => name === text.slice(0, colon));
  const id = text.slice(colon + 1);
  if (typename === undefined || !isId(id) || encodeGlobalId(typename, id) !== globalId) return NOTHING;
  return { typename, id };
}

/** The UUID in a global ID of this type; null where it is of another type or none at all. */
export function localId(typename: NodeType, globalId: string): string | null {
  const decoded = decodeGlobalId(globalId);
  return decoded.typename === typename && decoded.id !== '' ? decoded.id : null;
}

export function requireFewIds(ids: readonly unknown[]): void {
  if (ids.length > MAX_NODE_IDS) throw invalidParameter('ids', `At most ${MAX_NODE_IDS} IDs may be asked for at once.`);
}
