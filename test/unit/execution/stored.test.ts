import { expect, it } from 'vitest';
import { createUntilStored } from '../../../src/execution/stored.ts';

function createBench(errors: Error[]) {
  const pauses: number[] = [];
  const troubles: unknown[] = [];
  const untilStored = createUntilStored({
    isTransient: (error) => error instanceof Error && error.message === 'away',
    onTrouble: (error) => troubles.push(error),
    pause: async (ms) => void pauses.push(ms),
  });
  async function attempt(): Promise<string> {
    const error = errors.shift();
    if (error !== undefined) throw error;
    return 'stored';
  }
  return { untilStored, attempt, pauses, troubles };
}

it('repeats while the database is away, with pauses that grow up to two seconds', async () => {
  const { untilStored, attempt, pauses, troubles } = createBench(Array.from({ length: 10 }, () => new Error('away')));
  expect(await untilStored(attempt)).toBe('stored');
  expect([pauses.length, troubles.length]).toEqual([10, 10]);
  expect(Math.max(...pauses)).toBeLessThanOrEqual(2_000);
  expect(pauses.at(-1)).toBeGreaterThanOrEqual(1_000);
  expect(pauses[0]).toBeLessThanOrEqual(50);
});

it('gives up on what repeating cannot mend, unless its patience is endless', async () => {
  const impatient = createBench([new Error('wrong')]);
  await expect(impatient.untilStored(impatient.attempt)).rejects.toThrow('wrong');
  const patient = createBench([new Error('wrong'), new Error('wrong')]);
  expect(await patient.untilStored(patient.attempt, 'endless')).toBe('stored');
});
