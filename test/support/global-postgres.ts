import type { TestProject } from 'vitest/node';
import { createTemplate, type TestPostgres } from './postgres.ts';
import { startPostgresServer } from './postgres-server.ts';
import { findRequirements } from './requirements.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    postgres: TestPostgres | null;
  }
}

interface Shared {
  users: number;
  started: Promise<TestPostgres & { end(): Promise<void> }>;
}

// Each project loads this file anew; the process is what they share.
const registry = globalThis as { keyholeTestPostgres?: Shared | undefined };

/** One Postgres for all projects of a run, started by the first that needs it and ended with the last. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  registry.keyholeTestPostgres ??= { users: 0, started: start() };
  const shared = registry.keyholeTestPostgres;
  shared.users++;
  const { url, template } = await shared.started;
  project.provide('postgres', { url, template });
  return async () => {
    if (--shared.users > 0) return;
    registry.keyholeTestPostgres = undefined;
    await (await shared.started).end();
  };
}

async function start(): Promise<TestPostgres & { end(): Promise<void> }> {
  const { databaseUrl } = findRequirements();
  if (databaseUrl !== null) {
    const template = await createTemplate(databaseUrl);
    return { ...template, end: template.drop };
  }
  const server = await startPostgresServer();
  try {
    return { ...(await createTemplate(server.url)), end: server.close };
  } catch (error) {
    await server.close();
    throw error;
  }
}
