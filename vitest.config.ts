import { fileURLToPath } from 'node:url';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import { findRequirements, hasPostgres } from './test/support/requirements.ts';

const requirements = findRequirements();

interface Suite {
  name: string;
  folders: string[];
  globalSetup?: string;
  provide?: { postgres: null } | { snapshot: null };
  /** False leaves it out; the end of the run says so. */
  when?: boolean;
}

const suites: Suite[] = [
  { name: 'unit', folders: ['unit'] },
  { name: 'api-embedded', folders: ['api'], globalSetup: 'global-snapshot', provide: { postgres: null } },
  {
    name: 'api-postgres',
    folders: ['api'],
    globalSetup: 'global-postgres',
    provide: { snapshot: null },
    when: hasPostgres(requirements),
  },
  {
    name: 'cluster',
    folders: ['cluster'],
    globalSetup: 'global-postgres',
    provide: { snapshot: null },
    when: hasPostgres(requirements),
  },
  {
    name: 'browser',
    folders: ['browser'],
    globalSetup: 'global-snapshot',
    provide: { postgres: null },
    when: requirements.chromium !== null,
  },
];

function project({ name, folders, globalSetup, provide }: Suite): TestProjectInlineConfiguration {
  return {
    extends: true,
    test: {
      name,
      include: folders.map((folder) => `test/${folder}/**/*.test.ts`),
      ...(globalSetup !== undefined && { globalSetup: `test/support/${globalSetup}.ts` }),
      ...(provide !== undefined && { provide }),
    },
  };
}

export default defineConfig({
  resolve: {
    // Without it graphql loads twice under vitest ("another module or realm").
    alias: [{ find: /^graphql$/, replacement: fileURLToPath(import.meta.resolve('graphql')) }],
  },
  test: {
    projects: suites.filter((suite) => suite.when !== false).map(project),
    reporters: ['default', './test/support/summary-reporter.ts'],
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
});
