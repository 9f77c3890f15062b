import SchemaBuilder from '@pothos/core';
import RelayPlugin from '@pothos/plugin-relay';
import ScopeAuthPlugin, { RequestCache } from '@pothos/plugin-scope-auth';
import type { Caller } from '../applications/caller.ts';
import { forbidden } from '../errors.ts';
import type { Context } from './context.ts';
import { decodeGlobalId, encodeGlobalId, MAX_NODE_IDS, requireFewIds } from './global-id.ts';

/** Which kinds of callers an operation is for. Every root field names one; what of it is theirs the services decide. */
interface Scopes {
  anyCaller: boolean;
  operator: boolean;
  application: boolean;
  operatorOrApplication: boolean;
  /** Whoever acts within an application. */
  tenant: boolean;
}

// Whole maps, made once: a scope costs a property read for each root field.
const SCOPES: Record<Caller['kind'], Scopes> = {
  OPERATOR: { anyCaller: true, operator: true, application: false, operatorOrApplication: true, tenant: false },
  APPLICATION: { anyCaller: true, operator: false, application: true, operatorOrApplication: true, tenant: true },
  USER: { anyCaller: true, operator: false, application: false, operatorOrApplication: false, tenant: true },
  VISITOR: { anyCaller: true, operator: false, application: false, operatorOrApplication: false, tenant: true },
};

/** Where every `*.graphql.ts` hangs its types. Defines none itself. */
export const builder = new SchemaBuilder<{
  Context: Context;
  Scalars: {
    ID: { Input: string; Output: string };
    DateTime: { Input: Date; Output: Date };
    JSON: { Input: unknown; Output: unknown };
    JSONObject: { Input: unknown; Output: unknown };
  };
  AuthScopes: Scopes;
  DefaultFieldNullability: false;
  DefaultEdgesNullability: false;
  DefaultNodeNullability: false;
}>({
  plugins: [ScopeAuthPlugin, RelayPlugin],
  defaultFieldNullability: false,
  scopeAuth: {
    authScopes: (context) => SCOPES[context.caller.kind],
    // A subscription's caller is checked when it starts, not again for each event.
    authorizeOnSubscribe: true,
    unauthorizedError: (_parent, context) =>
      forbidden(`This operation is not for a caller of kind ${context.caller.kind}.`),
  },
  // Nodes are loaded by `loadWithoutCache`: the plugin's cache gives a field that asks for the same ID a node whose type it has not noted yet.
  relay: {
    encodeGlobalID: encodeGlobalId,
    decodeGlobalID: decodeGlobalId,
    edgesFieldOptions: { nullable: false },
    nodeFieldOptions: { nullable: false },
    nodesOnConnection: true,
    nodesFieldOptions: { nullable: false },
    nodeQueryOptions: {
      description: "Anything of the caller's by its ID; null for what is not there or not theirs.",
      authScopes: { anyCaller: true },
    },
    nodesQueryOptions: {
      description: `As \`node\`, for up to ${MAX_NODE_IDS} IDs: one entry for each ID, in their order.`,
      authScopes: { anyCaller: true },
      resolve: (_root, { ids }, _context, _info, resolveNodes) => {
        requireFewIds(ids);
        return resolveNodes(ids);
      },
    },
  },
});

/**
 * Once an operation is over. What the plugin remembers of a context leads back to it, and in a `WeakMap` that keeps both until
 * the next full collection.
 */
export const forgetScopes = (context: Context): void => RequestCache.clearForContext(context);
