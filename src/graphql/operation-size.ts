import {
  type DocumentNode,
  type FragmentDefinitionNode,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';

export interface OperationSize {
  depth: number;
  /** Depth below `__schema` and `__type`, which count nothing above. */
  introspectionDepth: number;
  aliases: number;
  directives: number;
}

const NOTHING: OperationSize = { depth: 0, introspectionDepth: 0, aliases: 0, directives: 0 };

/**
 * The largest of the document's operations, in each measure. A fragment counts wherever it is spread, and is walked once, so
 * that fragments which spread each other many times over cost no time. Needs no schema: it comes before validation, which is
 * slow on the documents that this is there to refuse.
 */
export function measureOperations(document: DocumentNode): OperationSize {
  const fragments = new Map<string, FragmentDefinitionNode>();
  const measured = new Map<string, OperationSize>();
  let largest = NOTHING;
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }

  function ofFragment(name: string): OperationSize {
    const known = measured.get(name);
    if (known !== undefined) return known;
    // A fragment within itself counts nothing here; validation refuses it.
    measured.set(name, NOTHING);
    const fragment = fragments.get(name);
    if (fragment === undefined) return NOTHING;
    const size = withDirectives(ofSelections(fragment.selectionSet), fragment.directives?.length);
    measured.set(name, size);
    return size;
  }

  function ofSelections(selectionSet: SelectionSetNode | undefined): OperationSize {
    return (selectionSet?.selections ?? []).map(ofSelection).reduce(beside, NOTHING);
  }

  function ofSelection(selection: SelectionNode): OperationSize {
    const directives = selection.directives?.length;
    if (selection.kind === Kind.FRAGMENT_SPREAD) return withDirectives(ofFragment(selection.name.value), directives);
    const below = withDirectives(ofSelections(selection.selectionSet), directives);
    if (selection.kind === Kind.INLINE_FRAGMENT) return below;
    const aliases = below.aliases + (selection.alias === undefined ? 0 : 1);
    const depth = below.depth + 1;
    const introspects = selection.name.value === '__schema' || selection.name.value === '__type';
    return introspects ? { ...below, aliases, depth: 0, introspectionDepth: depth } : { ...below, aliases, depth };
  }

  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    const onVariables = (definition.variableDefinitions ?? []).reduce((sum, v) => sum + (v.directives?.length ?? 0), 0);
    const size = withDirectives(
      ofSelections(definition.selectionSet),
      (definition.directives?.length ?? 0) + onVariables,
    );
    largest = {
      depth: Math.max(largest.depth, size.depth),
      introspectionDepth: Math.max(largest.introspectionDepth, size.introspectionDepth),
      aliases: Math.max(largest.aliases, size.aliases),
      directives: Math.max(largest.directives, size.directives),
    };
  }
  return largest;
}

function beside(a: OperationSize, b: OperationSize): OperationSize {
  return {
    depth: Math.max(a.depth, b.depth),
    introspectionDepth: Math.max(a.introspectionDepth, b.introspectionDepth),
    aliases: a.aliases + b.aliases,
    directives: a.directives + b.directives,
  };
}

function withDirectives(size: OperationSize, directives = 0): OperationSize {
  return directives === 0 ? size : { ...size, directives: size.directives + directives };
}
