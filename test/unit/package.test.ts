import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What may be published. `dist` holds what is built: as much of it as there is. */
const PUBLISHED = [
  /^(package\.json|README\.md|LICENSE|CHANGELOG\.md|schema\.graphql)$/,
  /^dist\/(src|migrations)\/.*\.js$/,
  /^dist\/client\/.*(\.js|\.d\.ts|\.html)$/,
  /^dist\/console\//,
];

it('the package holds what is needed to run it and nothing else', async () => {
  const pack = ['pack', '--dry-run', '--json', '--ignore-scripts'];
  const { stdout } = await promisify(execFile)('npm', pack, { cwd: ROOT });
  const [{ files }] = JSON.parse(stdout) as [{ files: { path: string }[] }]; // as npm writes it
  const paths = files.map((file) => file.path);
  expect(paths.filter((path) => !PUBLISHED.some((form) => form.test(path)))).toEqual([]);
  expect(paths).toEqual(
    expect.arrayContaining(['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md', 'schema.graphql']),
  );
});

it('npm start passes signals on to the server: no shell stands between, to end and leave it alone', async () => {
  const { scripts } = JSON.parse(await readFile(`${ROOT}/package.json`, 'utf8')) as { scripts: { start: string } };
  expect(scripts.start).toMatch(/^exec node /);
});
