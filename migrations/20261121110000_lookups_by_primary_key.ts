import { type Kysely, sql } from 'kysely';

/**
 * A row is looked up by application and ID, and each of these indexes had both: on a table that is still empty they cost
 * the planner the same as the primary key, and the plan that it kept walked an application's whole history for each row.
 * With the application behind another column they are no choice for that. `create index` locks writes while it runs.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  const statements = [
    sql`drop index requests_owner, requests_owner_target, requests_target, client_secrets_name`,
    sql`create index requests_owner on requests (owner, application_id, id)`,
    sql`create index requests_owner_target on requests (owner, target, application_id, id)`,
    sql`create index requests_target on requests (target, application_id, id)`,
    sql`create unique index client_secrets_name on client_secrets (name, application_id)`,
  ];
  for (const statement of statements) await statement.execute(db);
}
