// pure
import { isUnavailable } from './unavailable.ts';

export interface BatcherOptions<Item, Result> {
  /** Writes them in one statement, all or none; the results in the order of the items. */
  run: (items: Item[]) => Promise<Result[]>;
  maxSize: number;
  /** How many batches may be on their way at a time. One unless told, which also keeps batches in order. */
  lanes?: number;
  onBatch?: (size: number, seconds: number) => void;
}

export interface Batcher<Item, Result> {
  add(item: Item): Promise<Result>;
}

interface Entry<Item, Result> {
  item: Item;
  resolve: (result: Result) => void;
  reject: (error: unknown) => void;
}

/**
 * Writes many in one statement: while one batch is on its way the next collects. No timer: when idle, a batch leaves at the
 * end of this turn of the event loop, with all that the turn brought. Without that the first item would leave alone, and on
 * the embedded database, which works within the turn, each of them would (a quarter of the rate at 64 in flight). A batch
 * that fails is halved until the faulty item stands alone, so that it fails nobody else; if the database is away, all fail.
 */
export function createBatcher<Item, Result>({
  run,
  maxSize,
  lanes = 1,
  onBatch,
}: BatcherOptions<Item, Result>): Batcher<Item, Result> {
  let collected: Entry<Item, Result>[] = [];
  let running = 0;

  async function write(batch: Entry<Item, Result>[]): Promise<void> {
    const start = performance.now();
    try {
      const results = await run(batch.map((entry) => entry.item));
      if (results.length !== batch.length) throw new Error(`${batch.length} written, ${results.length} results`);
      onBatch?.(batch.length, (performance.now() - start) / 1000);
      batch.forEach((entry, index) => {
        entry.resolve(results[index] as Result); // undefined may be a result; the lengths are equal
      });
    } catch (error) {
      if (batch.length === 1 || isUnavailable(error)) {
        for (const entry of batch) entry.reject(error);
        return;
      }
      const half = batch.length >> 1;
      await write(batch.slice(0, half));
      await write(batch.slice(half));
    }
  }

  function next(): void {
    if (running >= lanes || collected.length === 0) return;
    running++;
    setImmediate(leave);
  }

  function leave(): void {
    const batch = collected.length <= maxSize ? collected : collected.slice(0, maxSize);
    collected = collected.slice(batch.length);
    // Another lane may have taken all.
    const written = batch.length === 0 ? Promise.resolve() : write(batch);
    void written.finally(() => {
      running--;
      next();
    });
  }

  return {
    add(item) {
      return new Promise((resolve, reject) => {
        collected.push({ item, resolve, reject });
        next();
      });
    },
  };
}
