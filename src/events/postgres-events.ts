import pg from 'pg';

export interface PostgresEventsOptions {
  databaseUrl: string;
  /** Of this instance: what it sent itself is not heard again. */
  instanceId: () => string;
  /** A request changed on another instance. */
  onChange(applicationId: string, id: string): void;
  /** An application, or a credential of one, was changed on another instance. */
  onApplicationChange(applicationId: string): void;
  /** Connected, the first time or again: whatever happened meanwhile was not heard. */
  onConnect(): void;
  onTrouble(error: unknown): void;
}

export interface PostgresEvents {
  start(): void;
  /** Connected now. */
  readonly listening: boolean;
  stop(): Promise<void>;
}

const CHANNEL = 'keyhole';
/** Stands before the ID of an application that changed, in place of the IDs of requests. */
const APPLICATION = 'application';
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;
/** A half-open connection looks like silence: it is asked now and then whether it lives. */
const PROBE_MS = 10_000;

/**
 * Hears what other instances NOTIFY, on a connection of its own that is made again with growing, jittered pauses. It is a
 * hint that saves time and nothing more: who listens reads the state again after each connect, and now and then.
 */
export function createPostgresEvents(options: PostgresEventsOptions): PostgresEvents {
  let client: pg.Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  let pause = FIRST_PAUSE_MS;
  let listening = false;
  let stopped = false;

  function hear(payload: string): void {
    const [sender, ...pairs] = payload.split(' ');
    if (sender === options.instanceId()) return;
    if (pairs[0] === APPLICATION) {
      options.onApplicationChange(pairs[1] ?? '');
      return;
    }
    for (let at = 0; at + 1 < pairs.length; at += 2) options.onChange(pairs[at] ?? '', pairs[at + 1] ?? '');
  }

  async function connect(): Promise<void> {
    const next = new pg.Client({
      connectionString: options.databaseUrl,
      connectionTimeoutMillis: 5_000,
      query_timeout: 5_000,
      keepAlive: true,
      application_name: 'keyhole-events',
    });
    client = next;
    let lost = false;
    function lose(error: unknown): void {
      if (lost) return;
      lost = true;
      listening = false;
      next.removeAllListeners('notification');
      next.end().catch(() => {});
      if (stopped) return;
      options.onTrouble(error);
      clearTimeout(timer);
      timer = setTimeout(() => void connect(), pause * (0.5 + Math.random() / 2)).unref();
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
    }
    next.on('error', lose);
    next.on('end', () => lose(new Error('The connection for events ended')));
    next.on('notification', ({ payload }) => hear(payload ?? ''));
    try {
      await next.connect();
      await next.query(`listen ${CHANNEL}`);
      if (stopped) return lose(undefined);
      pause = FIRST_PAUSE_MS;
      listening = true;
      options.onConnect();
      probe(next, lose);
    } catch (error) {
      lose(error);
    }
  }

  function probe(probed: pg.Client, lose: (error: unknown) => void): void {
    timer = setTimeout(() => {
      probed.query('select 1').then(() => probe(probed, lose), lose);
    }, PROBE_MS).unref();
  }

  return {
    start: () => void connect(),
    get listening() {
      return listening;
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await client?.end().catch(() => {});
    },
  };
}
