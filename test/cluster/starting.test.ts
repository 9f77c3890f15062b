import { afterAll, describe, expect, it } from 'vitest';
import { createCluster } from '../support/instances.ts';
import { createEmptyDatabase } from '../support/postgres.ts';

describe('many instances that start at once on an empty database', () => {
  const closing: (() => Promise<void>)[] = [];
  afterAll(async () => {
    for (const close of closing.reverse()) await close();
  });

  it('migrate it once and all take requests', { timeout: 60_000 }, async () => {
    const database = await createEmptyDatabase();
    closing.push(database.drop);
    const cluster = createCluster(database.url, []);
    closing.push(cluster.close);
    const instances = await Promise.all([1, 2, 3, 4].map(() => cluster.start()));
    expect(await Promise.all(instances.map((instance) => instance.isReady()))).toEqual([true, true, true, true]);
    const application = await instances[0]?.createApplication();
    const seen = await instances[3]?.post(application?.asApplication ?? {}, '{ viewer { kind } }');
    expect(seen?.data).toEqual({ viewer: { kind: 'APPLICATION' } });
    expect(instances.flatMap(({ lines }) => lines.filter((line) => line.startsWith('{')))).toEqual([]);
  });
});
