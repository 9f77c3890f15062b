// pure
import type { DispatcherFloor, Runners } from './dispatcher-ports.ts';
import { type Claim, createQueueSerializer, type QueueOwnership } from './queue-serializer.ts';
import { createSending } from './sending.ts';
import { type SendResult, settlementRow, type Work } from './work.ts';
import type { ClaimedRow } from './writes.ts';

/** Runs the queues that are this instance's: the serializer, bound to the database. */
export function createQueueRunner(floor: DispatcherFloor, ready: () => Promise<boolean>): Runners['runQueue'] {
  const { writes, slots, lease, inFlight, settler, underway, untilStored, observer } = floor;
  const { toWork, send } = createSending(floor);
  const running = new Set<string>();

  const serializer = createQueueSerializer<Work, SendResult | null>({
    send: (work) => underway.during(() => send(work)),
    settle: (...end) => underway.during(() => settle(...end)),
    claim: (owned) => underway.during(() => claim(owned)),
    takeSlot: () => new Promise((resolve) => slots.take(resolve)),
    giveSlotBack: () => slots.giveBack(),
    contended: () => slots.contended,
    // Each holds its response: no more of them than of those that are sent.
    storesFew: () => inFlight.size < 2 * slots.limit,
    mayStart: () => !floor.isDraining() && lease.held(),
    ready,
    pause: floor.pause,
  });

  async function settle(owned: QueueOwnership, { record }: Work, result: SendResult | null, proceeds: boolean) {
    const queue = { epoch: owned.epoch, proceeds };
    try {
      if (result === null) return { kind: 'lost' } as const;
      const row = await settler.store(record, result, (settled) =>
        writes.settleQueued(settlementRow(settled, 'mine', queue)),
      );
      if (row === undefined) return { kind: 'again' } as const;
      const claimed = await toClaim(record.applicationId, row);
      return claimed.kind === 'again' && !proceeds ? ({ kind: 'held' } as const) : claimed;
    } finally {
      inFlight.leave(record, result !== null);
    }
  }

  async function claim({ applicationId, queueKey, epoch }: QueueOwnership): Promise<Claim<Work>> {
    const lease = { application_id: applicationId, queue_key: queueKey, epoch };
    return toClaim(applicationId, await untilStored(() => writes.claim(lease), 'endless'));
  }

  async function toClaim(applicationId: string, row: ClaimedRow): Promise<Claim<Work>> {
    if (!row.held) return { kind: 'lost' };
    if (row.released) return { kind: 'released' };
    const { next_id: id, next_started_at: startedAt, next_revision: revision, instanceId } = row;
    if (id === null || startedAt === null) return { kind: 'again' };
    const work = await toWork(applicationId, { id, startedAt, revision, instanceId });
    return work === undefined ? { kind: 'again' } : { kind: 'next', item: work };
  }

  return (owned, first) => {
    const key = `${owned.applicationId} ${owned.queueKey} ${owned.epoch}`;
    if (running.has(key)) {
      // It was found and is run already: whoever runs it starts `first` anew.
      if (first !== undefined) slots.giveBack();
      return;
    }
    running.add(key);
    serializer
      .run(owned, first)
      .catch((error) => observer.trouble('a queue stopped', error))
      .finally(() => running.delete(key));
  };
}
