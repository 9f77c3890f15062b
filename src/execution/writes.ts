import type { HotQueries } from '../database/database.ts';
import { type Batcher, createBatcher } from '../database/write-batcher.ts';
import { type AdmissionRow, type AdmittedQueued, admitParallel, admitQueued } from './admission.store.ts';
import {
  type ClaimRow,
  claim,
  type QueueLease,
  type StartedRow,
  startWaiting,
  type WaitingRow,
} from './claim.store.ts';
import type { Lease } from './lease.ts';
import type { ExecutionObserver } from './observer.ts';
import { type SettlementRow, settle, settleQueued } from './settlement.store.ts';

/** The instance that the statement was made for: this one, under the ID that it had then. */
interface Made {
  instanceId: string;
}

export type ClaimedRow = ClaimRow & Made;

/** Statements of the engine, each batched with those of its kind: while one batch is on its way the next collects. */
export interface Writes {
  /** Without a queue. The instance that it was made for; null: stale or known, nothing was inserted. */
  admitParallel(row: AdmissionRow): Promise<string | null>;
  /** In a queue. Undefined: stale or known, nothing was inserted. */
  admitQueued(row: AdmissionRow): Promise<(AdmittedQueued & Made) | undefined>;
  /** True where this settled it; false where it was settled or taken over before. */
  settle(row: SettlementRow): Promise<boolean>;
  /** Undefined where it was settled or taken over before. */
  settleQueued(row: SettlementRow): Promise<ClaimedRow | undefined>;
  claim(lease: QueueLease): Promise<ClaimedRow>;
  /** Undefined where it was settled before. */
  start(request: WaitingRow): Promise<(StartedRow & Made) | undefined>;
}

/** A NOTIFY carries at most 8,000 bytes; an ID with its application takes 74. */
const IDS_PER_NOTIFICATION = 100;
const MAX_BATCH = 500;
/**
 * Of queues: whatever ends together would be started together, and end together again, with the machine idle in between.
 * 1,000 queues of 10 go on a tenth faster.
 */
const MAX_QUEUES = 48;

interface BatchKind<Item> {
  kind?: 'admit' | 'settle';
  maxSize?: number;
  /** Characters of an item that may be many. */
  textOf?: (item: Item) => number;
}

export interface WritesOptions {
  hot: HotQueries;
  lease: Pick<Lease, 'instanceId'>;
  observer: ExecutionObserver;
  /** Other instances may listen. */
  notifies: boolean;
}

export function createWrites({ hot, lease, observer, notifies }: WritesOptions): Writes {
  /** `instance application id application id …`: a hint for other instances, sent where there are any. */
  function notifications(instanceId: string, rows: readonly { application_id: string; id: string }[]): string[] {
    if (!notifies) return [];
    const payloads: string[] = [];
    for (let at = 0; at < rows.length; at += IDS_PER_NOTIFICATION) {
      const ids = rows.slice(at, at + IDS_PER_NOTIFICATION).map((row) => `${row.application_id} ${row.id}`);
      payloads.push(`${instanceId} ${ids.join(' ')}`);
    }
    return payloads;
  }

  /** Each batch is made for the instance that this is when it leaves. */
  function batcher<Item, Result>(
    run: (items: Item[], instanceId: string) => Promise<Result[]>,
    { kind, maxSize = MAX_BATCH, textOf }: BatchKind<Item> = {},
  ): Batcher<Item, Result> {
    return createBatcher<Item, Result>({
      run: (items) => run(items, lease.instanceId),
      maxSize,
      ...(textOf === undefined ? {} : { textOf }),
      ...(kind === undefined ? {} : { onBatch: (size, seconds) => observer.batch(kind, size, seconds) }),
    });
  }

  const batchers = {
    admitParallel: batcher<AdmissionRow, string | null>(
      async (rows, instanceId) => {
        const admitted = await admitParallel(hot, instanceId, rows, notifications(instanceId, rows));
        return rows.map((row) => (admitted.has(row.id) ? instanceId : null));
      },
      { kind: 'admit', textOf: textOfAdmission },
    ),
    admitQueued: batcher(
      async (rows: AdmissionRow[], instanceId) => {
        const admitted = await admitQueued(hot, instanceId, rows, notifications(instanceId, rows));
        return rows.map((row) => made(admitted.get(row.id), instanceId));
      },
      { kind: 'admit', textOf: textOfAdmission },
    ),
    settle: batcher(
      async (rows: SettlementRow[], instanceId) => {
        const settled = await settle(hot, instanceId, rows, notifications(instanceId, rows));
        return rows.map((row) => settled.has(row.id));
      },
      { kind: 'settle', textOf: textOfSettlement },
    ),
    settleQueued: batcher(
      async (rows: SettlementRow[], instanceId) => {
        const settled = await settleQueued(hot, instanceId, rows, notifications(instanceId, rows));
        return settled.map((row) => made(row, instanceId));
      },
      { kind: 'settle', maxSize: MAX_QUEUES, textOf: textOfSettlement },
    ),
    claim: batcher(
      async (leases: QueueLease[], instanceId) => {
        const claimed = await claim(hot, instanceId, leases, notifies);
        return claimed.map((row) => Object.assign(row, { instanceId }));
      },
      { maxSize: MAX_QUEUES },
    ),
    start: batcher(async (rows: WaitingRow[], instanceId) => {
      const started = await startWaiting(hot, instanceId, rows);
      return rows.map((row) => made(started.get(row.id), instanceId));
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

function made<Row extends object>(row: Row | undefined, instanceId: string): (Row & Made) | undefined {
  return row === undefined ? undefined : Object.assign(row, { instanceId });
}

function textOfAdmission({ headers, body }: AdmissionRow): number {
  return (headers?.length ?? 0) + (body?.length ?? 0);
}

function textOfSettlement({ response_headers: headers, response_body: body }: SettlementRow): number {
  return (headers?.length ?? 0) + (body?.length ?? 0);
}
