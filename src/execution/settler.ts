// pure
import type { Bus } from '../events/bus.ts';
import type { RequestError, RequestRecord } from '../requests/request.ts';
import type { ExecutionObserver } from './observer.ts';
import type { UntilStored } from './stored.ts';
import { failed, type SendResult, settledRecord, settlementRow } from './work.ts';
import type { Writes } from './writes.ts';

export interface SettlerOptions {
  writes: Pick<Writes, 'settle'>;
  bus: Pick<Bus, 'publish'>;
  observer: ExecutionObserver;
  untilStored: UntilStored;
  /** A request as it stands in the database; null where it is gone. */
  load(applicationId: string, id: string): Promise<RequestRecord | null>;
}

export interface Settler {
  /** Stores an end until it is stored, then tells who listens. What `write` resolves with; falsy: it was settled elsewhere. */
  store<T>(record: RequestRecord, result: SendResult, write: (settled: RequestRecord) => Promise<T>): Promise<T>;
  /** Ends one that waits, or, where `mode` is any, whoever sends it. False where that was too late. */
  end(record: RequestRecord, error: RequestError, mode: 'waiting' | 'any'): Promise<boolean>;
}

export function createSettler({ writes, bus, observer, untilStored, load }: SettlerOptions): Settler {
  async function store<T>(
    record: RequestRecord,
    result: SendResult,
    write: (settled: RequestRecord) => Promise<T>,
  ): Promise<T> {
    const endStep = observer.begin('settle', record);
    let settled = settledRecord(record, result, new Date());
    let stored: T;
    try {
      stored = await untilStored(() => write(settled));
    } catch {
      // The database takes no such row, however often it is asked: what came back is given up, the end is not.
      settled = settledRecord(record, withheld(result), new Date());
      stored = await untilStored(() => write(settled), 'endless');
    }
    endStep();
    if (stored) {
      observer.settled(settled, result.upstreamMs);
      bus.publish(settled);
    } else {
      const newest = await untilStored(() => load(record.applicationId, record.id), 'endless');
      if (newest !== null) bus.publish(newest);
    }
    return stored;
  }

  return {
    store,
    end: (record, error, mode) =>
      store(record, failed(error), (settled) => writes.settle(settlementRow(settled, mode, null))),
  };
}

function withheld(result: SendResult): SendResult {
  const error = { code: 'RESPONSE_UNREADABLE' as const, message: 'The response could not be stored' };
  return { ...result, settlement: { error, response: null } };
}
