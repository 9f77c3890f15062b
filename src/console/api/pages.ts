import type { Endpoint } from './endpoint.ts';
import type { Page } from './types.ts';

/** All nodes of a connection, `fields` of each; `onPage` is given what was read so far. */
export async function fetchAll<T>(
  endpoint: Endpoint,
  connection: string,
  fields: string,
  onPage?: (nodes: T[]) => void,
): Promise<T[]> {
  const query = `query ($after: String) { page: ${connection}(first: 100, after: $after) { nodes { ${fields} } pageInfo { hasNextPage endCursor } } }`;
  let found: T[] = [];
  let after: string | null = null;
  do {
    const { page }: { page: Page<T> } = await endpoint.ask(query, { after });
    found = [...found, ...page.nodes];
    after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
    onPage?.(found);
  } while (after !== null);
  return found;
}
