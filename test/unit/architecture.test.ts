import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

// The laws that Biome has no words for; the others are in biome.json.

interface Import {
  /** Within the project the path from `src/`, otherwise the package. */
  target: string;
  /** Erased by the compiler. */
  typeOnly: boolean;
}

interface SourceFile {
  path: string;
  lines: number;
  pure: boolean;
  imports: Import[];
}

const SRC = fileURLToPath(new URL('../../src/', import.meta.url));
const IMPORT = /^(?:import|export)\s+(type\s)?(?:[^'";]*?\sfrom\s)?'([^']+)'/gm;

function readSource(path: string): SourceFile {
  const text = readFileSync(join(SRC, path), 'utf8');
  const imports = [...text.matchAll(IMPORT)].map(([, type, specifier = '']) => ({
    target: specifier.startsWith('.') ? normalize(join(dirname(path), specifier)) : specifier,
    typeOnly: type !== undefined,
  }));
  return { path, lines: text.split('\n').length, pure: text.startsWith('// pure\n'), imports };
}

const files = readdirSync(SRC, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
  .map((entry) => readSource(relative(SRC, join(entry.parentPath, entry.name))));

/** `file imports target` for each import that breaks a law. */
function offences(isOffence: (file: SourceFile, imported: Import) => boolean): string[] {
  return files.flatMap((file) =>
    file.imports
      .filter((imported) => isOffence(file, imported))
      .map((imported) => `${file.path} imports ${imported.target}`),
  );
}

const folderOf = (path: string) => path.split('/')[0];
const isStore = (path: string) => path.endsWith('.store.ts');
const isService = (path: string) => path.endsWith('.service.ts');
const isEdge = (path: string) => path.endsWith('.graphql.ts') || (path.startsWith('graphql/') && !isEdgeConfig(path));
/** Plain values of the edge, without GraphQL. */
const isEdgeConfig = (path: string) => path === 'graphql/edge-config.ts';
const isRoot = (path: string) => path === 'app.ts' || path.startsWith('commands/');

describe('the source', () => {
  it('is found', () => {
    expect(files.length).toBeGreaterThan(50);
    expect(files.flatMap((file) => file.imports).length).toBeGreaterThan(100);
  });

  it('has no file above 250 lines', () => {
    expect(files.filter((file) => file.lines > 250).map((file) => `${file.path}: ${file.lines} lines`)).toEqual([]);
  });
});

describe('a file that begins with `// pure`', () => {
  const pure = new Set(files.filter((file) => file.pure).map((file) => file.path));
  // Computing without a socket, a file or a process: what these do depends on what they are given.
  const packages = new Set(['node:buffer', 'node:crypto', 'node:net', 'ipaddr.js', 'zod']);

  it('imports only others of its kind', () => {
    expect(pure.size).toBeGreaterThan(10);
    expect(
      offences((file, { target, typeOnly }) => file.pure && !typeOnly && !pure.has(target) && !packages.has(target)),
    ).toEqual([]);
  });
});

describe('a feature', () => {
  it("never reaches into another's store", () => {
    expect(
      offences(
        (file, { target, typeOnly }) =>
          isStore(target) && !typeOnly && !isRoot(file.path) && folderOf(file.path) !== folderOf(target),
      ),
    ).toEqual([]);
  });

  it('is layered: edge, service, store, database', () => {
    expect(
      offences(({ path }, { target, typeOnly }) => isEdge(target) && !typeOnly && !isEdge(path) && !isRoot(path)),
    ).toEqual([]);
    expect(
      offences(({ path }, { target }) => isService(target) && (isStore(path) || path.startsWith('database/'))),
    ).toEqual([]);
    expect(offences(({ path }, { target }) => isStore(target) && path.startsWith('database/'))).toEqual([]);
  });

  it('writes its queries in stores: elsewhere Kysely is a type', () => {
    const queries = (path: string) => isStore(path) || path.startsWith('database/') || path === 'app.ts';
    expect(offences(({ path }, { target, typeOnly }) => target === 'kysely' && !typeOnly && !queries(path))).toEqual(
      [],
    );
  });
});

describe('what runs in a page', () => {
  it('holds no code of the server', () => {
    const inPage = (path: string) =>
      ['client', 'console'].includes(folderOf(path) ?? '') && !path.endsWith('.config.ts');
    const allowed = /^(client|console)\/|^(preact|@preact\/signals)(\/|$)/;
    expect(offences(({ path }, { target }) => inPage(path) && !allowed.test(target))).toEqual([]);
  });
});
