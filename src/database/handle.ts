import type { Kysely } from 'kysely';
import type { Database } from './schema.ts';
import type { UpkeepCounters } from './upkeep.ts';

/** Prepared once on each connection under its name; the text of a name never changes. */
export interface HotStatement {
  name: string;
  text: string;
}

/** Statements of the hot path: named, prepared, on connections of their own. Everything else goes through Kysely. */
export type HotQueries = <Row>(statement: HotStatement, values: readonly unknown[]) => Promise<Row[]>;

export interface DatabaseHandle {
  kind: 'postgres' | 'embedded';
  kysely: Kysely<Database>;
  hot: HotQueries;
  /** For the heartbeat alone, on a connection of its own: work, or a full pool, must not make an instance look dead. */
  heartbeat: HotQueries;
  /** The general pool of `pg`, for libraries that ask for one; null for the embedded database. */
  pool: object | null;
  /** Where to LISTEN; null for the embedded database, which one process alone uses. */
  listenUrl: string | null;
  /** Brings the tables up to this version of the code; returns the names of the steps taken. */
  migrate(): Promise<string[]>;
  /** Connections. `waiting`: calls that wait for one. */
  stats(): { total: number; idle: number; waiting: number };
  /** What the embedded database did for itself; null on Postgres, which has its own. */
  upkeep: UpkeepCounters | null;
  /** Waits for what is under way. */
  close(): Promise<void>;
}

export interface DatabaseOptions {
  /** Null for the embedded database. */
  databaseUrl: string | null;
  /** Of the embedded database; null keeps it in memory. */
  dataDir: string | null;
  /** Starts an embedded database in memory from a dump of another. */
  snapshot?: Blob;
  /** Connections for Kysely, and for hot statements. */
  poolSize?: number;
  writePoolSize?: number;
  /** Milliseconds after which a statement without an answer fails and its connection is given up. */
  queryTimeoutMs?: number;
  /** The same for the heartbeat, which gains nothing from an answer that comes late. */
  heartbeatTimeoutMs?: number;
  /** A connection broke; the pool makes another. */
  onPoolError: (error: Error) => void;
}
