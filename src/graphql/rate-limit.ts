import {
  type RateLimiterAbstract,
  RateLimiterMemory,
  RateLimiterPostgres,
  RateLimiterRes,
} from 'rate-limiter-flexible';
import { ownerOf, type TenantCaller } from '../applications/caller.ts';
import { KeyholeError } from '../errors.ts';

/** Counts one request of the caller's; throws RATE_LIMITED past the application's `requestsPerMinute`. Costs nothing where there is none. */
export type RateLimit = (caller: TenantCaller) => Promise<void> | void;

/** The table of migrations that all instances count in. */
const TABLE = 'rate_limits';
const WINDOW_SECONDS = 60;

/**
 * Windows of a minute that begin with a caller's first request. With a pool they are counted in the database, for all
 * instances together; without one in this process.
 */
export function createRateLimit(pool?: object): RateLimit {
  // A limiter has its points for life: one for each limit in use. A changed limit starts a new count.
  const limiters = new Map<number, RateLimiterAbstract>();

  function limiterFor(points: number): RateLimiterAbstract {
    let limiter = limiters.get(points);
    if (limiter === undefined) {
      const options = { points, duration: WINDOW_SECONDS, keyPrefix: String(points) };
      limiter =
        pool === undefined
          ? new RateLimiterMemory(options)
          : new RateLimiterPostgres({
              ...options,
              storeClient: pool,
              storeType: 'pool',
              tableName: TABLE,
              tableCreated: true,
              // Each limiter would walk the whole table; retention does it for all, in batches.
              clearExpiredByTimeout: false,
            });
      limiters.set(points, limiter);
    }
    return limiter;
  }

  return function rateLimit(caller) {
    const { id, requestsPerMinute } = caller.application;
    if (requestsPerMinute === null) return;
    return consume(limiterFor(requestsPerMinute), `${id}:${ownerOf(caller)}`);
  };
}

async function consume(limiter: RateLimiterAbstract, key: string): Promise<void> {
  try {
    await limiter.consume(key);
  } catch (refusal) {
    // Past the limit the library rejects with the state of the window; with anything else, the database failed.
    if (!(refusal instanceof RateLimiterRes)) throw refusal;
    throw new KeyholeError('RATE_LIMITED', 'Too many requests in this minute.', {
      retryAfterMs: Math.max(1, refusal.msBeforeNext),
    });
  }
}
