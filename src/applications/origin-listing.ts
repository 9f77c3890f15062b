// pure
import { createLru } from '../cache.ts';

export interface OriginListing {
  isListed(origin: string): Promise<boolean>;
  /** An application changed, and with it which origins are listed. */
  forget(): void;
}

const MAX_AGE_MS = 5_000;
const MAX_ORIGINS = 10_000;

/**
 * Remembers for a few seconds what `ask` says of an origin: preflights come from anybody. The answer opens nothing by
 * itself, for the request that follows is checked against its own application.
 */
export function createOriginListing(
  ask: (origin: string) => Promise<boolean>,
  now: () => number = Date.now,
): OriginListing {
  const answers = createLru<string, { listed: boolean; at: number }>(MAX_ORIGINS);
  let changes = 0;

  return {
    async isListed(origin) {
      const known = answers.get(origin);
      if (known !== undefined && now() - known.at < MAX_AGE_MS) return known.listed;
      const before = changes;
      const listed = await ask(origin);
      // What was asked before a change may be what it changed.
      if (changes === before) answers.set(origin, { listed, at: now() });
      return listed;
    },
    forget() {
      changes += 1;
      answers.clear();
    },
  };
}
