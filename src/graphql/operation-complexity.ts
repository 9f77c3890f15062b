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
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql';
import { MAX_NODE_IDS } from './global-id.ts';

// Of connections (BEHAVIOUR 5).
const DEFAULT_PAGE_SIZE = 25;
const MAX_PAGE_SIZE = 100;

type Variables = Readonly<Record<string, unknown>>;

/** An operation with the values of its variables, coerced. */
export interface KnownOperation {
  operation: OperationDefinitionNode;
  variables: Variables | undefined;
}

/**
 * How many fields the costliest operation of a valid document may have to resolve: one for each, those of a page times its
 * size. A size in a variable counts as the largest there is, so that the figure belongs to the document and is worked out once;
 * with `known` it is that of one operation with its variables.
 */
export function complexityOf(schema: GraphQLSchema, document: DocumentNode, known?: KnownOperation): number {
  const fragments = new Map<string, FragmentDefinitionNode>();
  const counted = new Map<string, number>();
  let highest = 0;
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }

  function ofFragment(name: string): number {
    const before = counted.get(name);
    if (before !== undefined) return before;
    const fragment = fragments.get(name);
    const type = fragment && schema.getType(fragment.typeCondition.name.value);
    const complexity = isCompositeType(type) ? ofSelections(fragment?.selectionSet, type) : 0;
    counted.set(name, complexity);
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
    return 1 + sizeOf(node, field, known?.variables) * ofSelections(node.selectionSet, type);
  }

  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    if (known !== undefined && definition !== known.operation) continue;
    const root = schema.getRootType(definition.operation);
    if (root) highest = Math.max(highest, ofSelections(definition.selectionSet, root));
  }
  return highest;
}

/** How many of what it selects a field may return. */
function sizeOf(node: FieldNode, field: GraphQLField<unknown, unknown>, variables: Variables | undefined): number {
  const size = (name: string) =>
    readSize(node.arguments?.find((argument) => argument.name.value === name)?.value, variables);
  if (!field.args.some((argument) => argument.name === 'first')) return between(size('ids') ?? 1, MAX_NODE_IDS);
  return between(size('first') ?? size('last') ?? DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE);
}

/** The size that an argument asks for, or that its list has; null where it says nothing, without end where only a variable will tell. */
function readSize(argument: ValueNode | undefined, variables: Variables | undefined): number | null {
  switch (argument?.kind) {
    case undefined:
    case Kind.NULL:
      return null;
    case Kind.INT:
      return Number(argument.value);
    case Kind.LIST:
      return argument.values.length;
    case Kind.VARIABLE: {
      if (variables === undefined) return Number.POSITIVE_INFINITY;
      const value = variables[argument.name.value];
      if (Array.isArray(value)) return value.length;
      return typeof value === 'number' ? value : null;
    }
    default:
      // One ID stands for a list of it.
      return 1;
  }
}

function between(size: number, highest: number): number {
  return Math.min(Math.max(size, 1), highest);
}
