// pure

/**
 * Settings of every session. Each query here can go by an index, and must: statistics are old or missing just when a table
 * has grown fast, and without them the planner guesses wrong. Batched writes that join with `unnest` fell from 11,000 to 184
 * rows a second at a million rows; a page of a user's history in one queue took 750 ms by bitmap and sort, and takes 0.3 ms.
 * The penalties of what is switched off would make any plan look dear enough to be compiled, which takes longer than running it.
 */
export const BY_INDEX_ALONE = `set enable_seqscan = off; set enable_bitmapscan = off; set enable_hashjoin = off;
  set enable_mergejoin = off; set enable_material = off; set jit = off;`;

/**
 * For hot statements: one plan for all parameters, made at once. Left to itself Postgres makes five for the parameters at hand
 * first, which takes it longer than running them, and they are the same ones.
 */
export const ONE_PLAN_FOR_ALL = 'set plan_cache_mode = force_generic_plan;';

/**
 * How long a connection keeps the plans of its prepared statements, in milliseconds. Postgres keeps them until somebody
 * analyses a table; one that was made when a table was empty may walk all of it a minute later.
 */
export const KEEP_PLANS_MS = 10_000;
