import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { defineConfig } from 'vite';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/** `dist/console`: one page, one script, one style sheet. Says what the script weighs on its way to a browser. */
export default defineConfig({
  root: path('.'),
  base: '/console/',
  publicDir: false,
  logLevel: 'warn',
  // The same whatever NODE_ENV the build runs under: tests build it too.
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact', development: false } },
  build: {
    outDir: path('../../dist/console'),
    emptyOutDir: true,
    target: 'es2022',
    // Needs code of its own in the page, for browsers that are older than the target.
    modulePreload: false,
    // A data: URL would need a wider Content-Security-Policy than a file does.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
  plugins: [
    {
      name: 'say-size',
      async writeBundle({ dir }, bundle) {
        for (const name of Object.keys(bundle).filter((file) => file.endsWith('.js'))) {
          const script = await readFile(`${dir}/${name}`);
          const [brotli, gzip] = [brotliCompressSync(script).length, gzipSync(script).length];
          process.stdout.write(`console: ${script.length} bytes of script, ${brotli} by brotli, ${gzip} by gzip\n`);
        }
      },
    },
  ],
});
