import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { expect, inject, it } from 'vitest';
import { openDatabase } from '../../../src/database/database.ts';

it('is taken by one of many instances that start at once, and the others find it done', async () => {
  const url = new URL(inject('postgres')?.url ?? '');
  const open = () => openDatabase({ databaseUrl: url.href, dataDir: null, onPoolError: () => {} });
  const admin = await open();
  const name = `keyhole_empty_${randomUUID().replaceAll('-', '')}`;
  await sql`create database ${sql.id(name)}`.execute(admin.kysely);
  url.pathname = `/${name}`;
  const instances = await Promise.all(Array.from({ length: 6 }, open));
  try {
    const steps = await Promise.all(instances.map((instance) => instance.migrate()));
    expect(steps.filter((names) => names.length > 0)).toHaveLength(1);
    expect(await instances[0]?.kysely.selectFrom('requests').selectAll().execute()).toEqual([]);
  } finally {
    await Promise.all(instances.map((instance) => instance.close()));
    await sql`drop database ${sql.id(name)} with (force)`.execute(admin.kysely);
    await admin.close();
  }
});
