import type { Endpoint } from './endpoint.ts';
import type { Viewer } from './types.ts';

export async function fetchViewer(endpoint: Endpoint): Promise<Viewer> {
  const { viewer } = await endpoint.ask<{ viewer: Viewer }>('{ viewer { kind username application { name } } }');
  return viewer;
}
