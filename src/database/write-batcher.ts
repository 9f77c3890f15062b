// pure
import { isUnavailable } from './unavailable.ts';

export interface BatcherOptions<Item, Result> {
  /** Writes them in one statement, all or none; the results in the order of the items. */
  run: (items: Item[]) => Promise<Result[]>;
  maxSize: number;
  /** Characters of text in an item: a batch has at most `MAX_TEXT`, or one item alone. */
  textOf?: (item: Item) => number;
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

/** What Postgres takes in well within the limits of time of a statement: large responses go in several. */
const MAX_TEXT = 8 * 1024 * 1024;

/**
 * Writes many in one statement: while one batch is on its way the next collects, so that they stay in order. No timer: one
 * item alone leaves at the end of this turn of the event loop. (At once, each would leave alone on the embedded database,
 * which works within the turn: a quarter of the rate at 64 in flight.) Where there are more, or were in the last batch, the
 * loop goes round once more first, and what every other socket had to say goes with them: at 8 in flight that is two thirds
 * of the statements, and a seventh more requests. A batch that fails is halved until the faulty item stands alone, so that
 * it fails nobody else; if the database is away, all fail.
 */
export function createBatcher<Item, Result>({
  run,
  maxSize,
  textOf = () => 0,
  onBatch,
}: BatcherOptions<Item, Result>): Batcher<Item, Result> {
  let collected: Entry<Item, Result>[] = [];
  let busy = false;
  let lastSize = 0;

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
    if (busy || collected.length === 0) return;
    busy = true;
    setImmediate(depart);
  }

  function depart(): void {
    if (collected.length > 1 || lastSize > 1) setImmediate(leave);
    else leave();
  }

  /** How many of those that wait go into one batch. */
  function fitting(): number {
    const most = Math.min(collected.length, maxSize);
    let text = 0;
    let size = 0;
    for (const { item } of collected) {
      text += textOf(item);
      if (size === most || (text > MAX_TEXT && size > 0)) break;
      size++;
    }
    return size;
  }

  function leave(): void {
    const size = fitting();
    const batch = size === collected.length ? collected : collected.slice(0, size);
    collected = collected.slice(batch.length);
    lastSize = batch.length;
    void write(batch).finally(() => {
      busy = false;
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
