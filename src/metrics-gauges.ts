import { Gauge, type Registry } from 'prom-client';
import type { UpkeepCounters } from './database/upkeep.ts';
import { AGES_MS, type WaitingByAge } from './execution/waiting-ages.ts';

/** What is read when somebody asks, and costs nothing before. */
export interface GaugeSources {
  sending(): number;
  waiting(): number;
  subscriptions(): number;
  sockets(): number;
  ready(): boolean;
  database(): { total: number; idle: number; waiting: number };
  /** Null on Postgres. */
  upkeep: UpkeepCounters | null;
  /** Asks the database. */
  waitingByAge(): Promise<WaitingByAge>;
}

export function registerGauges(registry: Registry, sources: GaugeSources): void {
  const registers = [registry];

  function gauge(name: string, help: string, read: () => number): void {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  }

  gauge('keyhole_requests_sending', 'Requests that this instance is sending', sources.sending);
  gauge('keyhole_requests_waiting', 'Requests that this instance took and that wait for their turn', sources.waiting);
  gauge('keyhole_subscriptions', 'Subscriptions of all callers, over sockets and streams', sources.subscriptions);
  gauge('keyhole_sockets', 'Open WebSockets', sources.sockets);
  gauge('keyhole_ready', '1 while this instance can take requests', () => Number(sources.ready()));
  gauge('keyhole_database_connections', 'Connections to the database', () => sources.database().total);
  gauge('keyhole_database_connections_idle', 'Connections that are free', () => sources.database().idle);
  gauge('keyhole_database_waiting', 'Calls that wait for a connection', () => sources.database().waiting);
  registerAges(registry, sources);

  const { upkeep } = sources;
  if (upkeep === null) return;
  gauge('keyhole_upkeep_checkpoints', 'Checkpoints of the embedded database since the start', () => upkeep.checkpoints);
  gauge('keyhole_upkeep_vacuums', 'Vacuums of the embedded database since the start', () => upkeep.vacuums);
  gauge('keyhole_upkeep_last_timestamp_seconds', 'When the upkeep of the embedded database was last done', () =>
    upkeep.lastAt === null ? 0 : upkeep.lastAt.getTime() / 1000,
  );
}

/** Of the whole deployment: every instance shows the same. Left out while the database is away. */
function registerAges(registry: Registry, { waitingByAge }: GaugeSources): void {
  const waiting = new Gauge({
    name: 'keyhole_waiting_by_age',
    help: 'Requests of all instances that wait for their turn, by the seconds since their submission',
    labelNames: ['age'],
    registers: [registry],
    async collect() {
      waiting.reset();
      oldest.reset();
      try {
        const { counts, oldestMs } = await waitingByAge();
        counts.forEach((count, index) => {
          waiting.set({ age: ageLabel(index) }, count);
        });
        oldest.set(oldestMs / 1000);
      } catch {
        // The engine tells of a database that is away; the other metrics are wanted all the more.
      }
    },
  });
  const oldest = new Gauge({
    name: 'keyhole_waiting_oldest_seconds',
    help: 'Seconds since the submission of the oldest request that waits, of all instances',
    registers: [registry],
  });
}

/** `0-1`, `1-10`, …, `600-`: seconds. */
function ageLabel(index: number): string {
  const [from, to] = [AGES_MS[index - 1] ?? 0, AGES_MS[index]];
  return `${from / 1000}-${to === undefined ? '' : to / 1000}`;
}
