import pg from 'pg';
import type { HotQueries } from '../../../src/database/database.ts';
import { type AdmissionRow, type AdmittedQueued, admitQueued } from '../../../src/execution/admission.store.ts';
import type { QueueLease } from '../../../src/execution/claim.store.ts';
import { registerInstance } from '../../../src/execution/recovery.store.ts';
import type { SettlementRow } from '../../../src/execution/settlement.store.ts';
import { newId } from '../../../src/ids.ts';
import { admissionOf, insertSecret, openFloorDatabase, settlementOf } from '../../bench/floors/database.ts';
import { inputOf } from '../../bench/submission.ts';
import { createDatabase, hotQueriesOn } from '../../support/postgres.ts';

export interface Queued extends AdmittedQueued {
  row: AdmissionRow;
  lease: QueueLease;
}

/** A connection of its own, whose transactions a test begins and ends. */
export interface Session {
  hot: HotQueries;
  begin(): Promise<void>;
  commit(): Promise<void>;
  /** Resolves when what it was asked for waits for a lock. */
  untilBlocked(): Promise<void>;
}

/** Queues in a database, by the statements of the engine alone. */
export async function openQueues() {
  const testDatabase = await createDatabase();
  const floor = await openFloorDatabase(testDatabase.url);
  const { kysely, hot } = floor.database;
  const secretId = await insertSecret(floor);
  const clients: pg.Client[] = [];

  async function newInstance(): Promise<string> {
    const id = newId();
    await registerInstance(kysely, id);
    return id;
  }

  const newRow = (queueKey: string): AdmissionRow => ({
    ...admissionOf(floor.application.id, secretId, inputOf('https://api.example/')),
    queue: 'q',
    queue_key: queueKey,
  });

  /** At the end of a queue, in one statement. */
  async function append(instanceId: string, queueKey: string, count: number, through = hot): Promise<Queued[]> {
    const rows = Array.from({ length: count }, () => newRow(queueKey));
    const admitted = await admitQueued(through, instanceId, rows, []);
    return rows.map((row) => {
      const answer = admitted.get(row.id);
      if (answer === undefined) throw new Error('Not admitted');
      return {
        row,
        ...answer,
        lease: { application_id: row.application_id, queue_key: queueKey, epoch: answer.epoch },
      };
    });
  }

  /** Two requests in a new queue; the first is sent with its admission. */
  async function newQueue(instanceId: string): Promise<{ first: Queued; second: Queued }> {
    const [first, second] = await append(instanceId, newId(), 2);
    if (first === undefined || second === undefined) throw new Error('Not admitted');
    return { first, second };
  }

  async function openSession(): Promise<Session> {
    const client = new pg.Client({ connectionString: testDatabase.url });
    await client.connect();
    clients.push(client);
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    const isBlocked = { name: 'is-blocked', text: 'select cardinality(pg_blocking_pids($1)) > 0 as blocked' };
    return {
      hot: hotQueriesOn(client),
      begin: async () => void (await client.query('begin')),
      commit: async () => void (await client.query('commit')),
      async untilBlocked() {
        while (!(await hot<{ blocked: boolean }>(isBlocked, [rows[0]?.pid]))[0]?.blocked);
      },
    };
  }

  async function close(): Promise<void> {
    await Promise.all(clients.map((client) => client.end()));
    await floor.database.close();
    await testDatabase.drop();
  }

  return { kysely, hot, newInstance, append, newQueue, openSession, close };
}

export type Queues = Awaited<ReturnType<typeof openQueues>>;

export function endOf({ row, lease }: Queued, { proceeds = true, epoch = lease.epoch } = {}): SettlementRow {
  return { ...settlementOf(row, '{}'), epoch, proceeds };
}
