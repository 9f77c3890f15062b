import { type DocumentNode, Kind, type SelectionNode, type SelectionSetNode, visit } from 'graphql';

/**
 * The document without the leaves that are selected again beside themselves, which mean nothing: validation compares all
 * fields of a selection set with each other, and gives up where there are many, however few tokens they are. Its `loc`, and
 * with it the text, stays.
 */
export function withoutRepeatedFields(document: DocumentNode): DocumentNode {
  return visit(document, { SelectionSet: withoutRepeats });
}

/** Undefined where nothing is repeated. */
function withoutRepeats(set: SelectionSetNode): SelectionSetNode | undefined {
  const seen = new Set<string>();
  const selections = set.selections.filter((selection) => {
    const leaf = plainLeaf(selection);
    if (leaf === null) return true;
    const before = seen.size;
    return seen.add(leaf).size > before;
  });
  return selections.length < set.selections.length ? { ...set, selections } : undefined;
}

/** What a field without arguments, directives and fields of its own selects, and under which name; null for anything else. */
function plainLeaf(selection: SelectionNode): string | null {
  if (selection.kind !== Kind.FIELD || selection.selectionSet !== undefined) return null;
  if (selection.arguments?.length || selection.directives?.length) return null;
  const name = selection.name.value;
  return `${selection.alias?.value ?? name}:${name}`;
}
