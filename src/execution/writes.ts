import type { HotQueries } from '../database/database.ts';
import { createBatcher } from '../database/write-batcher.ts';
import { type AdmissionRow, type AdmittedQueued, admitParallel, admitQueued } from './admission.store.ts';
import type { Lease } from './lease.ts';
import type { ExecutionObserver } from './observer.ts';
import {
  type ClaimRow,
  claim,
  type QueueLease,
  type SettlementRow,
  type StartedRow,
  settle,
  settleQueued,
  startWaiting,
} from './settlement.store.ts';

/** Statements of the engine, each batched with those of its kind: while one batch is on its way the next collects. */
export interface Writes {
  /** Without a queue. False: stale or known, nothing was inserted. */
  admitParallel(row: AdmissionRow): Promise<boolean>;
  /** In a queue. Undefined: stale or known, nothing was inserted. */
  admitQueued(row: AdmissionRow): Promise<AdmittedQueued | undefined>;
  /** True where this settled it; false where it was settled or taken over before. */
  settle(row: SettlementRow): Promise<boolean>;
  /** Undefined where it was settled or taken over before. */
  settleQueued(row: SettlementRow): Promise<ClaimRow | undefined>;
  /** Undefined where the queue is another's. */
  claim(lease: QueueLease): Promise<ClaimRow | undefined>;
  /** Undefined where it was settled before. */
  start(request: { applicationId: string; id: string }): Promise<StartedRow | undefined>;
}

/** A NOTIFY carries at most 8,000 bytes; an ID with its application takes 74. */
const IDS_PER_NOTIFICATION = 100;
const MAX_BATCH = 500;

export function createWrites(hot: HotQueries, lease: Lease, observer: ExecutionObserver): Writes {
  /** `instance application id application id …`: a hint for other instances, sent where there are any. */
  function notifications(rows: readonly { application_id: string; id: string }[]): string[] {
    if (lease.others === 0) return [];
    const payloads: string[] = [];
    for (let at = 0; at < rows.length; at += IDS_PER_NOTIFICATION) {
      const ids = rows.slice(at, at + IDS_PER_NOTIFICATION).map((row) => `${row.application_id} ${row.id}`);
      payloads.push(`${lease.instanceId} ${ids.join(' ')}`);
    }
    return payloads;
  }

  function counted(kind: 'admit' | 'settle') {
    return (size: number, seconds: number) => observer.batch(kind, size, seconds);
  }

  const batchers = {
    admitParallel: createBatcher<AdmissionRow, boolean>({
      run: async (rows) => {
        const admitted = await admitParallel(hot, lease.instanceId, rows, notifications(rows));
        return rows.map((row) => admitted.has(row.id));
      },
      maxSize: MAX_BATCH,
      onBatch: counted('admit'),
    }),
    admitQueued: createBatcher<AdmissionRow, AdmittedQueued | undefined>({
      run: async (rows) => {
        const admitted = await admitQueued(hot, lease.instanceId, rows, notifications(rows));
        return rows.map((row) => admitted.get(row.id));
      },
      maxSize: MAX_BATCH,
      onBatch: counted('admit'),
    }),
    settle: createBatcher<SettlementRow, boolean>({
      run: async (rows) => {
        const settled = await settle(hot, lease.instanceId, rows, notifications(rows));
        return rows.map((row) => settled.has(row.id));
      },
      maxSize: MAX_BATCH,
      onBatch: counted('settle'),
    }),
    settleQueued: createBatcher<SettlementRow, ClaimRow | undefined>({
      run: async (rows) => {
        const settled = await settleQueued(hot, lease.instanceId, rows, notifications(rows));
        return rows.map((row) => settled.get(row.id));
      },
      maxSize: MAX_BATCH,
      onBatch: counted('settle'),
    }),
    claim: createBatcher<QueueLease, ClaimRow | undefined>({
      run: (leases) => claim(hot, lease.instanceId, leases, lease.others > 0),
      maxSize: MAX_BATCH,
    }),
    start: createBatcher<{ applicationId: string; id: string }, StartedRow | undefined>({
      run: async (rows) => {
        const started = await startWaiting(hot, lease.instanceId, rows);
        return rows.map((row) => started.get(row.id));
      },
      maxSize: MAX_BATCH,
    }),
  };

  return {
    admitParallel: (row) => batchers.admitParallel.add(row),
    admitQueued: (row) => batchers.admitQueued.add(row),
    settle: (row) => batchers.settle.add(row),
    settleQueued: (row) => batchers.settleQueued.add(row),
    claim: (owned) => batchers.claim.add(owned),
    start: (request) => batchers.start.add(request),
  };
}
