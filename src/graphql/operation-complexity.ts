import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  Kind,
  type SelectionSetNode,
} from 'graphql';
import { MAX_NODE_IDS } from './global-id.ts';

// Of connections (BEHAVIOUR 5).
const DEFAULT_PAGE_SIZE = 25;
const MAX_PAGE_SIZE = 100;

/**
 * How many fields the costliest operation of a valid document may have to resolve: one for each, those of a page times its
 * size. A size in a variable counts as the largest there is, so that the figure belongs to the document and is worked out once.
 */
export function complexityOf(schema: GraphQLSchema, document: DocumentNode): number {
  const fragments = new Map<string, FragmentDefinitionNode>();
  const known = new Map<string, number>();
  let highest = 0;
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }

  function ofFragment(name: string): number {
    const before = known.get(name);
    if (before !== undefined) return before;
    const fragment = fragments.get(name);
    const type = fragment && schema.getType(fragment.typeCondition.name.value);
    const complexity = isCompositeType(type) ? ofSelections(fragment?.selectionSet, type) : 0;
    known.set(name, complexity);
    return complexity;
  }

  function ofSelections(selectionSet: SelectionSetNode | undefined, parent: GraphQLCompositeType): number {
    let sum = 0;
    for (const selection of selectionSet?.selections ?? []) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) sum += ofFragment(selection.name.value);
      else if (selection.kind === Kind.FIELD) sum += ofField(selection, parent);
      else {
        const type = selection.typeCondition ? schema.getType(selection.typeCondition.name.value) : parent;
        if (isCompositeType(type)) sum += ofSelections(selection.selectionSet, type);
      }
    }
    return sum;
  }

  function ofField(node: FieldNode, parent: GraphQLCompositeType): number {
    const field = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[node.name.value] : undefined;
    const type = field && getNamedType(field.type);
    // Introspection is no field of the type: it counts one, and its depth is bounded apart.
    if (field === undefined || !isCompositeType(type)) return 1;
    return 1 + sizeOf(node, field) * ofSelections(node.selectionSet, type);
  }

  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    const root = schema.getRootType(definition.operation);
    if (root) highest = Math.max(highest, ofSelections(definition.selectionSet, root));
  }
  return highest;
}

/** How many of what it selects a field may return. */
function sizeOf(node: FieldNode, field: GraphQLField<unknown, unknown>): number {
  const value = (name: string) => node.arguments?.find((argument) => argument.name.value === name)?.value;
  if (field.args.some((argument) => argument.name === 'first')) {
    const size = value('first') ?? value('last');
    if (size === undefined || size.kind === Kind.NULL) return DEFAULT_PAGE_SIZE;
    return size.kind === Kind.INT ? Math.min(Math.max(Number(size.value), 1), MAX_PAGE_SIZE) : MAX_PAGE_SIZE;
  }
  const ids = value('ids');
  if (ids === undefined) return 1;
  return ids.kind === Kind.LIST ? Math.min(Math.max(ids.values.length, 1), MAX_NODE_IDS) : MAX_NODE_IDS;
}
