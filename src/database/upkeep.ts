// pure
/** What the embedded database did for itself since it was opened. */
export interface UpkeepCounters {
  readonly checkpoints: number;
  readonly vacuums: number;
  readonly lastAt: Date | null;
}

export interface UpkeepPorts {
  /** Runs one statement when its turn comes. */
  run(text: string): Promise<void>;
  tables(): Promise<string[]>;
  /** Rows read and written since the opening. */
  rowsTouched(): number;
  /** A statement runs, or waits. */
  busy(): boolean;
  onError(error: unknown): void;
  now?: () => number;
}

export interface Upkeep {
  readonly counters: UpkeepCounters;
  /** Does what is due. Called every second. */
  tick(): Promise<void>;
}

const CHECKPOINT_ROWS = 10_000;
const CHECKPOINT_MS = 5 * 60_000;
/** The first comes early: without any statistics a page of history takes ten times as long. */
const FIRST_VACUUM_ROWS = 1_000;
const VACUUM_ROWS = 50_000;
const VACUUM_MS = 15 * 60_000;
/** How long it waits for a moment when no statement runs. */
const PATIENCE_MS = 10_000;

/**
 * In the process there is no checkpointer and no autovacuum: without them the log and the tables grow, and plans go by no
 * statistics. Rows are counted here, since the statistics views stay empty as well.
 */
export function createUpkeep({ run, tables, rowsTouched, busy, onError, now = Date.now }: UpkeepPorts): Upkeep {
  const counters = { checkpoints: 0, vacuums: 0, lastAt: null as Date | null };
  const checkpointed = { rows: 0, at: now() };
  const vacuumed = { rows: 0, at: now() };
  let vacuumRows = FIRST_VACUUM_ROWS;
  let dueSince: number | undefined;
  let running = false;

  function isDue(last: { rows: number; at: number }, rows: number, ms: number): boolean {
    const touched = rowsTouched() - last.rows;
    return touched >= rows || (touched > 0 && now() - last.at >= ms);
  }

  /** One table a turn, so that a statement waits for one at most. */
  async function vacuum(): Promise<void> {
    for (const table of await tables()) await run(`vacuum (analyze) "${table}"`);
    counters.vacuums++;
    vacuumRows = Math.min(vacuumRows * 4, VACUUM_ROWS);
    Object.assign(vacuumed, { rows: rowsTouched(), at: now() });
  }

  async function checkpoint(): Promise<void> {
    await run('checkpoint');
    counters.checkpoints++;
    Object.assign(checkpointed, { rows: rowsTouched(), at: now() });
  }

  async function tick(): Promise<void> {
    const vacuumDue = isDue(vacuumed, vacuumRows, VACUUM_MS);
    if (running || !(vacuumDue || isDue(checkpointed, CHECKPOINT_ROWS, CHECKPOINT_MS))) return;
    dueSince ??= now();
    if (busy() && now() - dueSince < PATIENCE_MS) return;
    running = true;
    try {
      if (vacuumDue) await vacuum();
      await checkpoint();
      counters.lastAt = new Date(now());
      dueSince = undefined;
    } catch (error) {
      onError(error);
    } finally {
      running = false;
    }
  }

  return { counters, tick };
}
