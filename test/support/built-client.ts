import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

/** Where servers look for it. A path that is not whole Vite takes to be below the client's sources. */
export const SERVED_CLIENT = fileURLToPath(new URL('../../dist/client', import.meta.url));

/** Builds the client library and the example page as `npm run build:client` does; unless told where, into a folder of its own. */
export async function buildClient(into?: string): Promise<{ directory: string; remove(): Promise<void> }> {
  const directory = into ?? (await mkdtemp(join(tmpdir(), 'keyhole-client-')));
  const configFile = fileURLToPath(new URL('../../src/client/vite.config.ts', import.meta.url));
  await build({ configFile, build: { outDir: directory } });
  return { directory, remove: () => rm(directory, { recursive: true }) };
}
