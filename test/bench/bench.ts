import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { startPostgresServer } from '../support/postgres-server.ts';
import { findRequirements } from '../support/requirements.ts';
import type { Options } from './options.ts';
import { startFloorProcess } from './processes.ts';

/** What all parts share. */
export interface Bench {
  quick: boolean;
  profile: string | null;
  /** Of the stand-in for a third party: `/instant` answers at once, `/slow` after 50 ms. */
  thirdParty: string;
  /** Says what is being done. */
  progress(text: string): void;
  /** An empty database; its URL. */
  createDatabase(): Promise<string>;
  /** Called when the part is over, in the other order. */
  defer(close: () => Promise<void>): void;
  /** Ends what a part began. */
  endPart(): Promise<void>;
  close(): Promise<void>;
}

/** Postgres as it is run where data counts, with memory and log space for a small machine. */
const DURABLE = {
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  shared_buffers: '512MB',
  max_wal_size: '4GB',
  checkpoint_timeout: '15min',
};

export async function createBench(options: Options, progress: Bench['progress']): Promise<Bench> {
  const closes: (() => Promise<void>)[] = [];
  const deferred: (() => Promise<void>)[] = [];
  const url = await postgresUrl(closes);
  const thirdParty = startFloorProcess('third-party.ts', {});
  closes.push(thirdParty.close);
  const { ready } = await thirdParty.answer<{ ready: string }>('ready');

  async function createDatabase(): Promise<string> {
    const name = `keyhole_bench_${randomUUID().replaceAll('-', '')}`;
    await execute(url, `create database ${name}`);
    deferred.push(async () => void (await execute(url, `drop database if exists ${name} with (force)`)));
    const own = new URL(url);
    own.pathname = `/${name}`;
    return own.href;
  }

  return {
    quick: options.quick,
    profile: options.profile,
    thirdParty: ready,
    progress,
    createDatabase,
    defer: (close) => void deferred.push(close),
    endPart: () => endAll(deferred),
    async close() {
      await endAll(deferred);
      await endAll(closes);
    },
  };
}

async function postgresUrl(closes: (() => Promise<void>)[]): Promise<string> {
  const { databaseUrl, postgresBinaries } = findRequirements();
  if (databaseUrl !== null) return databaseUrl;
  if (postgresBinaries === null) {
    throw new Error('The benchmark needs Postgres (Debian: apt-get install postgresql), or TEST_DATABASE_URL');
  }
  const server = await startPostgresServer(DURABLE);
  closes.push(server.close);
  return server.url;
}

async function endAll(closes: (() => Promise<void>)[]): Promise<void> {
  for (let close = closes.pop(); close !== undefined; close = closes.pop()) await close();
}

/** One statement on a connection of its own. */
export async function execute(url: string, text: string, values: readonly unknown[] = []): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    // pg types rows as any.
    return (await client.query(text, [...values])).rows as unknown[];
  } finally {
    await client.end();
  }
}
