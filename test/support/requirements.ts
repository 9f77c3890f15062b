import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * What tests need beyond Node. Where it is not there they are left out, which the end of the run says; with
 * KEYHOLE_TEST_REQUIRE_ALL=1, as in CI, the run fails instead.
 */
export interface Requirements {
  /** TEST_DATABASE_URL: where tests may make databases. Without it a Postgres is started from the binaries. */
  databaseUrl: string | null;
  /** The folder of initdb and postgres. */
  postgresBinaries: string | null;
  /** The executable. */
  chromium: string | null;
}

export function findRequirements(env: NodeJS.ProcessEnv = process.env): Requirements {
  const path = (env.PATH ?? '').split(delimiter);
  const found: Requirements = {
    databaseUrl: env.TEST_DATABASE_URL || null,
    postgresBinaries: findBinaries(path),
    chromium: path.map((folder) => join(folder, 'chromium')).find(existsSync) ?? null,
  };
  if (env.KEYHOLE_TEST_REQUIRE_ALL === '1' && leftOut(found).length > 0) throw new Error(leftOut(found).join('\n'));
  return found;
}

/** A sentence for each thing that is missing. */
export function leftOut(found: Requirements): string[] {
  const sentences: string[] = [];
  if (!hasPostgres(found)) {
    sentences.push(
      'LEFT OUT: the API suite on real Postgres, and the tests of several instances, crashes and outages. They run where ' +
        'Postgres is installed (Debian: apt-get install postgresql), or with TEST_DATABASE_URL.',
    );
  } else if (found.postgresBinaries === null) {
    sentences.push('LEFT OUT: the tests that stop and start Postgres. They run where its binaries are installed.');
  }
  if (found.chromium === null) {
    sentences.push('LEFT OUT: the tests in a browser. They run where Chromium is (Debian: apt-get install chromium).');
  }
  return sentences;
}

export function hasPostgres({ databaseUrl, postgresBinaries }: Requirements): boolean {
  return databaseUrl !== null || postgresBinaries !== null;
}

/** Debian keeps the server's programs out of PATH, in a folder for each version. */
function findBinaries(path: string[]): string | null {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [...versions.map((version) => join(debian, version, 'bin')), ...path];
  return folders.find((folder) => ['initdb', 'postgres'].every((name) => existsSync(join(folder, name)))) ?? null;
}
