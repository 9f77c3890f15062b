import pg from 'pg';
import { inputOf } from '../submission.ts';
import { admissionOf, openFloorDatabase } from './database.ts';
import { serveRuns, setting } from './process.ts';
import { INSERT, insertValues } from './statements.ts';
import { createThirdPartyClient } from './third-party-client.ts';

/** A request to the third party and one committed write, one after the other: what a strictly serial queue cannot do without. */
const { application } = await openFloorDatabase();
const client = new pg.Client(setting('DATABASE_URL'));
await client.connect();
const { call, took } = createThirdPartyClient();
const input = inputOf(setting('THIRD_PARTY'));

serveRuns(async () => {
  const answer = await call();
  await client.query({ ...INSERT, values: insertValues(admissionOf(application.id, application.id, input)) });
  return took(answer);
});
