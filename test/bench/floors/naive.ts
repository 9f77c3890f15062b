import { createServer } from 'node:http';
import { createYoga } from 'graphql-yoga';
import { sql } from 'kysely';
import type { SubmissionInput } from '../submission.ts';
import { admissionOf, openFloorDatabase, settlementOf } from './database.ts';
import { answerOf } from './http-json.ts';
import { serveHttp } from './process.ts';
import { createThirdPartyClient } from './third-party-client.ts';
import { submitSchema } from './yoga-schema.ts';

/** Yoga as it comes, with one insert by Kysely, one update and one NOTIFY for each request. */
const { database, application } = await openFloorDatabase();
const { kysely: db } = database;
const { call } = createThirdPartyClient();

async function submit(input: SubmissionInput) {
  const row = admissionOf(application.id, application.id, input);
  const { application_revision: _, client_secret_revision: __, starts: ___, ...columns } = row;
  await db
    .insertInto('requests')
    .values({ ...columns, status: 'PENDING', updated_at: row.created_at })
    .execute();
  const answer = await call(input.data);
  const { application_id, id, mode: ____, epoch: _____, proceeds: ______, ...ended } = settlementOf(row, answer);
  await db
    .updateTable('requests')
    .set(ended)
    .where('application_id', '=', application_id)
    .where('id', '=', id)
    .execute();
  await sql`select pg_notify('requests', ${id})`.execute(db);
  return answerOf(id, answer);
}

await serveHttp(createServer(createYoga<object>({ schema: submitSchema(submit), logging: false })));
