import { expect, it } from 'vitest';
import { createDatabase } from '../../support/postgres.ts';
import { runChaos } from './run.ts';

it('loses nothing, sends nothing twice and keeps the order, whenever an instance is killed', async () => {
  const database = await createDatabase();
  try {
    const { figures, faults } = await runChaos({
      databaseUrl: database.url,
      main: 'test/support/killing-main.ts',
      kills: 8,
      instances: 2,
      seed: 20_261_121,
    });
    expect(faults).toEqual([]);
    expect(figures).toMatchObject({ kills: 8, lost: 0, twice: 0, reordered: 0, overlapping: 0 });
    expect(figures.submitted).toBeGreaterThan(50);
    expect(figures.arrived).toBeGreaterThan(50);
  } finally {
    await database.drop();
  }
}, 180_000);
