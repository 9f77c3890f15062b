import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { integrityOf } from '../client-routes.ts';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/** `dist/client/client.js`: the library in one file, with the example page beside it. Says the integrity hash for the README. */
export default defineConfig({
  root: path('.'),
  publicDir: path('public'),
  logLevel: 'warn',
  build: {
    lib: { entry: path('index.ts'), formats: ['es'], fileName: () => 'client.js' },
    outDir: path('../../dist/client'),
    // The declarations lie there too; and a server may be reading the files.
    emptyOutDir: false,
    target: 'es2022',
    // Vite leaves the white space of a library in the format es.
    rolldownOptions: { output: { minify: true } },
    reportCompressedSize: false,
  },
  plugins: [
    {
      name: 'say-integrity',
      async writeBundle({ dir }) {
        const script = await readFile(`${dir}/client.js`);
        process.stdout.write(`client.js: ${script.length} bytes, integrity ${integrityOf(script)}\n`);
      },
    },
  ],
});
