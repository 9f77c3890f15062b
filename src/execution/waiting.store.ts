import { type Kysely, sql } from 'kysely';
import type { Database } from '../database/schema.ts';
import { idFloor, idTime } from '../ids.ts';
import { AGES_MS, type WaitingByAge } from './waiting-ages.ts';

/** One walk over what is open, which is little beside the history. The ID of a request says when it was submitted. */
export async function waitingByAge(db: Kysely<Database>, now = Date.now()): Promise<WaitingByAge> {
  const borders = AGES_MS.map((age) => sql`(request_id >= ${idFloor(now - age)}::uuid)::int`);
  // How many borders it is younger than: all of them for the youngest.
  const younger = sql.join(borders, sql` + `);
  const { rows } = await sql<{ younger: number; count: number; oldest: string }>`
    select younger, count(*)::int as count, min(id::text) as oldest
    from (select request_id as id, ${younger} as younger from open_requests where started_at is null) waiting
    group by younger`.execute(db);
  const counts = [...AGES_MS.map(() => 0), 0];
  for (const row of rows) counts[AGES_MS.length - row.younger] = row.count;
  const oldest = rows.map((row) => row.oldest).sort()[0];
  return { counts, oldestMs: oldest === undefined ? 0 : Math.max(0, now - idTime(oldest)) };
}
