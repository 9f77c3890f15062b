import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { type HotQueries, openDatabase } from '../../src/database/database.ts';

export interface TestPostgres {
  /** Where databases are made. */
  url: string;
  /** The name of a migrated database that nobody connects to. */
  template: string;
}

export interface TestDatabase {
  url: string;
  drop(): Promise<void>;
}

/** A migrated database of the test's own on the run's Postgres. Dropping it ends its connections. */
export async function createDatabase({ url, template } = providedPostgres()): Promise<TestDatabase> {
  const name = `keyhole_test_${randomUUID().replaceAll('-', '')}`;
  await execute(url, `create database ${name} template ${template}`);
  return {
    url: urlOf(url, name),
    drop: () => execute(url, `drop database if exists ${name} with (force)`),
  };
}

/** Without any tables. */
export async function createEmptyDatabase({ url } = providedPostgres()): Promise<TestDatabase> {
  const name = `keyhole_test_${randomUUID().replaceAll('-', '')}`;
  await execute(url, `create database ${name}`);
  return {
    url: urlOf(url, name),
    drop: () => execute(url, `drop database if exists ${name} with (force)`),
  };
}

/** Makes the template on a server. */
export async function createTemplate(url: string): Promise<TestPostgres & { drop(): Promise<void> }> {
  const template = `keyhole_template_${randomUUID().replaceAll('-', '')}`;
  await execute(url, `create database ${template}`);
  const onPoolError = () => {};
  const database = await openDatabase({ databaseUrl: urlOf(url, template), dataDir: null, onPoolError });
  await database.migrate();
  await database.close();
  return { url, template, drop: () => execute(url, `drop database if exists ${template} with (force)`) };
}

/** Hot statements on one connection: prepared there, and in its transaction where it has one. */
export function hotQueriesOn(client: pg.Client): HotQueries {
  return async <Row>({ name, text }: { name: string; text: string }, values: readonly unknown[]) =>
    (await client.query({ name, text, values: [...values] })).rows as Row[]; // pg types rows as any
}

function providedPostgres(): TestPostgres {
  const postgres = inject('postgres');
  if (postgres === null) throw new Error('This test needs Postgres; the project that it is in provides none');
  return postgres;
}

function urlOf(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}

async function execute(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}
