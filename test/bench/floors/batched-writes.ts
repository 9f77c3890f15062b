import { inputOf } from '../submission.ts';
import { admissionOf, createFloorWrites, insertSecret, openFloorDatabase, settlementOf } from './database.ts';
import { serveRuns } from './process.ts';

/** The project's two statements in batches, and nothing else. */
const floor = await openFloorDatabase();
const secretId = await insertSecret(floor);
const writes = await createFloorWrites(floor);
const input = inputOf('http://127.0.0.1/instant');

serveRuns(async () => {
  const row = admissionOf(floor.application.id, secretId, input);
  if (!(await writes.admitParallel(row))) throw new Error('Not admitted');
  if (!(await writes.settle(settlementOf(row, '{"created":1}')))) throw new Error('Not settled');
  return 0;
});
