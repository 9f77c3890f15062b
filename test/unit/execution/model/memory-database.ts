import type { AdmissionRow } from '../../../../src/execution/admission.store.ts';
import type { ClaimRow, QueueLease } from '../../../../src/execution/claim.store.ts';
import type { Abandoned } from '../../../../src/execution/dispatcher-ports.ts';
import type { QueueOwnership } from '../../../../src/execution/queue-serializer.ts';
import { isSafeToRepeat } from '../../../../src/execution/repeatable.ts';
import type { SettlementRow } from '../../../../src/execution/settlement.store.ts';
import type { RequestErrorCode, RequestRecord } from '../../../../src/requests/request.ts';

interface Open {
  id: string;
  queueKey: string | null;
  position: number;
  instanceId: string | null;
  startedAt: Date | null;
}

interface Queue {
  last: number;
  owner: string | null;
  epoch: number;
}

/** What a takeover found: queues to run, and requests without one to send. */
export interface TakenOver {
  queues: QueueOwnership[];
  resumed: RequestRecord[];
}

/**
 * The tables of the engine in memory, changed as its statements change them: each call is one transaction. What this says is
 * what `admission.store`, `settlement.store`, `claim.store` and `recovery.store` say in SQL.
 */
export function createMemoryDatabase() {
  const instances = new Set<string>();
  const requests = new Map<string, RequestRecord>();
  const open = new Map<string, Open>();
  const queues = new Map<string, Queue>();
  /** Of everything that was ever admitted. */
  const positions = new Map<string, number>();

  const queueOf = (key: string): Queue => {
    const queue = queues.get(key) ?? { last: 0, owner: null, epoch: 0 };
    queues.set(key, queue);
    return queue;
  };
  const inQueue = (key: string) =>
    [...open.values()].filter((each) => each.queueKey === key).sort((a, b) => a.position - b.position);

  function insert(row: AdmissionRow, record: RequestRecord, entry: Omit<Open, 'id'>): void {
    requests.set(row.id, record);
    open.set(row.id, { id: row.id, ...entry });
    positions.set(row.id, entry.position);
  }

  const nothing = { next_id: null, next_started_at: null, next_revision: null, released: false };

  function startNext(key: string, instanceId: string): ClaimRow {
    const queue = queueOf(key);
    const [head] = inQueue(key);
    const row: ClaimRow = { held: true, ...nothing };
    if (head === undefined) {
      queue.owner = null;
      return { ...row, released: true };
    }
    Object.assign(head, { instanceId, startedAt: new Date() });
    return { ...row, next_id: head.id, next_started_at: head.startedAt, next_revision: 1 };
  }

  function end(id: string, change: Partial<RequestRecord>): void {
    const record = requests.get(id);
    if (record !== undefined) requests.set(id, { ...record, ...change });
    open.delete(id);
  }

  return {
    instances,
    requests,
    open,
    queues,
    positions,
    /** Newest state, with what is open laid over it. */
    find(id: string): RequestRecord | null {
      const record = requests.get(id);
      return record === undefined ? null : { ...record, startedAt: open.get(id)?.startedAt ?? record.startedAt };
    },
    admitParallel(row: AdmissionRow, record: RequestRecord, instanceId: string): string | null {
      if (!instances.has(instanceId)) return null;
      const startedAt = row.starts ? new Date() : null;
      insert(row, record, { queueKey: null, position: 0, instanceId, startedAt });
      return instanceId;
    },
    admitQueued(row: AdmissionRow, record: RequestRecord, instanceId: string) {
      if (!instances.has(instanceId) || row.queue_key === null) return undefined;
      const queue = queueOf(row.queue_key);
      const acquires = queue.owner === null;
      if (acquires) Object.assign(queue, { owner: instanceId, epoch: queue.epoch + 1 });
      const started = acquires && row.starts;
      const position = ++queue.last;
      const startedAt = started ? new Date() : null;
      insert(row, record, { queueKey: row.queue_key, position, instanceId: started ? instanceId : null, startedAt });
      return { id: row.id, started, owner_id: queue.owner ?? '', epoch: queue.epoch, instanceId };
    },
    /** True where this call settled it. */
    settle(row: SettlementRow, instanceId: string): boolean {
      const entry = open.get(row.id);
      if (entry === undefined) return false;
      if (row.mode === 'mine' && entry.instanceId !== instanceId) return false;
      if (row.mode === 'waiting' && entry.startedAt !== null) return false;
      const error =
        row.error_code === null ? null : { code: row.error_code as RequestErrorCode, message: row.error_message ?? '' };
      end(row.id, { status: row.status === 'RESOLVED' ? 'RESOLVED' : 'FAILED', error });
      return true;
    },
    settleQueued(row: SettlementRow, instanceId: string): (ClaimRow & { instanceId: string }) | undefined {
      const key = open.get(row.id)?.queueKey ?? '';
      if (!this.settle(row, instanceId)) return undefined;
      const queue = queueOf(key);
      if (queue.owner !== instanceId || queue.epoch !== row.epoch) return { held: false, ...nothing, instanceId };
      if (row.proceeds || inQueue(key).length === 0) return { ...startNext(key, instanceId), instanceId };
      return { held: true, ...nothing, instanceId };
    },
    claim({ queue_key: key, epoch }: QueueLease, instanceId: string): ClaimRow & { instanceId: string } {
      const queue = queueOf(key);
      const isHeld = instances.has(instanceId) && queue.owner === instanceId && queue.epoch === epoch;
      return isHeld ? { ...startNext(key, instanceId), instanceId } : { held: false, ...nothing, instanceId };
    },
    start(id: string, instanceId: string) {
      const entry = open.get(id);
      if (entry === undefined || entry.instanceId !== instanceId) return undefined;
      entry.startedAt = new Date();
      return { id, started_at: entry.startedAt, revision: 1, instanceId };
    },
    abandon(id: string, instanceId: string): Abandoned {
      const entry = open.get(id);
      if (entry === undefined) return 'absent';
      if (entry.startedAt !== null && entry.instanceId !== instanceId) return 'kept';
      open.delete(id);
      requests.delete(id);
      return 'removed';
    },
    /** Open requests without a queue of an instance. */
    own(instanceId: string): RequestRecord[] {
      const owned = [...open.values()].filter((entry) => entry.queueKey === null && entry.instanceId === instanceId);
      return owned.flatMap(({ id }) => requests.get(id) ?? []);
    },
    /** One round of looking for what the dead left behind, and for own queues that do not run. */
    takeOver(instanceId: string): TakenOver {
      const taken: TakenOver = { queues: [], resumed: [] };
      function leave(entry: Open): void {
        const record = requests.get(entry.id);
        if (record === undefined) return;
        if (entry.startedAt !== null && !isSafeToRepeat(record)) {
          end(entry.id, { status: 'FAILED', error: { code: 'OUTCOME_UNKNOWN', message: 'taken over' } });
          return;
        }
        Object.assign(entry, { instanceId: entry.queueKey === null ? instanceId : null, startedAt: null });
        if (entry.queueKey === null) taken.resumed.push(record);
      }
      for (const [queueKey, queue] of queues) {
        const waits = inQueue(queueKey);
        if (queue.owner === null || waits.length === 0) continue;
        if (!instances.has(queue.owner)) {
          Object.assign(queue, { owner: instanceId, epoch: queue.epoch + 1 });
          for (const entry of waits) if (entry.startedAt !== null) leave(entry);
        }
        if (queue.owner === instanceId) taken.queues.push({ applicationId: 'a', queueKey, epoch: queue.epoch });
      }
      for (const entry of [...open.values()]) {
        if (entry.queueKey === null && !instances.has(entry.instanceId ?? '')) leave(entry);
      }
      return taken;
    },
  };
}

export type MemoryDatabase = ReturnType<typeof createMemoryDatabase>;
