import pg from 'pg';
import { inputOf } from '../submission.ts';
import { admissionOf, openFloorDatabase, settlementOf } from './database.ts';
import { serveRuns, setting } from './process.ts';
import { INSERT, insertValues, UPDATE, updateValues } from './statements.ts';

/** An insert and an update by pg, one prepared statement each, and nothing else. */
const { application } = await openFloorDatabase();
const pool = new pg.Pool({ connectionString: setting('DATABASE_URL'), max: 10 });
const input = inputOf('http://127.0.0.1/instant');

serveRuns(async () => {
  const row = admissionOf(application.id, application.id, input);
  await pool.query({ ...INSERT, values: insertValues(row) });
  await pool.query({ ...UPDATE, values: updateValues(settlementOf(row, '{"created":1}')) });
  return 0;
});
