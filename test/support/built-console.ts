import { fileURLToPath } from 'node:url';
import { build } from 'vite';

/** Builds the console as `npm run build:console` does; unless told where, to where servers look for it. */
export async function buildConsole(into?: string): Promise<void> {
  const configFile = fileURLToPath(new URL('../../src/console/vite.config.ts', import.meta.url));
  // What is there stays: the server of another test may be reading it.
  await build({ configFile, build: { emptyOutDir: false, ...(into !== undefined && { outDir: into }) } });
}
