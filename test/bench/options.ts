import { parseArgs } from 'node:util';

export interface Options {
  /** At most 5 minutes in all. */
  quick: boolean;
  /** One part alone. */
  only: string | null;
  /** A file for every figure. */
  json: string | null;
  /** A folder for CPU profiles of the server. */
  profile: string | null;
}

export const USAGE = `npm run bench -- [--quick] [--only NAME] [--json FILE] [--profile FOLDER]

  --quick           shorter runs: at most 5 minutes in all
  --only NAME       one part alone
  --json FILE       writes every figure to a file
  --profile FOLDER  writes a CPU profile of each server there (open it in a browser's developer tools)

TEST_DATABASE_URL  a Postgres to make databases on; without it one is started from the binaries that are installed`;

/** Throws with a message for the terminal. */
export function readOptions(args: readonly string[], parts: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      json: { type: 'string' },
      profile: { type: 'string' },
    },
  });
  if (values.only !== undefined && !parts.includes(values.only)) {
    throw new Error(`There is no part ${values.only}: ${parts.join(', ')}`);
  }
  return {
    quick: values.quick,
    only: values.only ?? null,
    json: values.json ?? null,
    profile: values.profile ?? null,
  };
}
