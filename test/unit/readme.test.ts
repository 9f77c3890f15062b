import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { integrityOf } from '../../src/client-routes.ts';
import { buildClient } from '../support/built-client.ts';

const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');

describe('the README', () => {
  it('gives the hash of the client library as it is built', async () => {
    const { directory, remove } = await buildClient();
    try {
      expect(readme).toContain(integrityOf(await readFile(join(directory, 'client.js'))));
    } finally {
      await remove();
    }
  });

  it('names every setting that is read', async () => {
    const config = await readFile(new URL('../../src/config.ts', import.meta.url), 'utf8');
    const settings = [...config.matchAll(/^ {2}([A-Z][A-Z_]+): /gm)].map(([, name = '']) => name);
    expect(settings.length).toBeGreaterThan(30);
    // A row may name several of a kind by their endings: `KEYHOLE_MAX_DEPTH`, `…_ALIASES`.
    const endings = [...readme.matchAll(/`…([A-Z_]+)`/g)].map(([, ending = '']) => ending);
    const isNamed = (name: string) => readme.includes(name) || endings.some((ending) => name.endsWith(ending));
    expect(settings.filter((name) => !isNamed(name) && name !== 'NODE_ENV')).toEqual([]);
  });
});
