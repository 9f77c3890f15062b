// pure
import { createLru } from '../cache.ts';

const MAX_AGE_MS = 5_000;
const MAX_ORIGINS = 10_000;

/**
 * Remembers for a few seconds what `isListed` says of an origin: preflights come from anybody. The answer opens nothing by
 * itself, for the request that follows is checked against its own application.
 */
export function createOriginListing(
  isListed: (origin: string) => Promise<boolean>,
  now: () => number = Date.now,
): (origin: string) => Promise<boolean> {
  const answers = createLru<string, { listed: boolean; at: number }>(MAX_ORIGINS);
  return async (origin) => {
    const known = answers.get(origin);
    if (known !== undefined && now() - known.at < MAX_AGE_MS) return known.listed;
    const listed = await isListed(origin);
    answers.set(origin, { listed, at: now() });
    return listed;
  };
}
