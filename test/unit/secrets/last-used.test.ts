import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createLastUsed, type SecretUse } from '../../../src/secrets/last-used.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
});
afterEach(() => {
  vi.useRealTimers();
});

function start() {
  const written: string[][] = [];
  const warnings: object[] = [];
  let broken = false;
  const lastUsed = createLastUsed(
    async (uses: readonly SecretUse[]) => {
      if (broken) throw new Error('the database is away');
      written.push(uses.map(({ id, at }) => `${id} at ${at.getTime()}`));
    },
    { warn: (fields) => warnings.push(fields) },
  );
  return { lastUsed, written, warnings, setBroken: (value: boolean) => (broken = value) };
}

describe('when secrets were last used', () => {
  test('is written once a second, one write for all of them', async () => {
    const { lastUsed, written } = start();
    lastUsed.mark('app', 'a');
    vi.setSystemTime(5);
    lastUsed.mark('app', 'a');
    lastUsed.mark('app', 'b');
    expect(written).toEqual([]);
    await vi.advanceTimersByTimeAsync(1_000);
    lastUsed.mark('app', 'b');
    await vi.advanceTimersByTimeAsync(1_000);
    expect(written).toEqual([['a at 5', 'b at 5'], ['b at 1005']]);
  });

  test('is written at once where somebody reads, and nothing later', async () => {
    const { lastUsed, written } = start();
    lastUsed.mark('app', 'a');
    await lastUsed.flush();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(written).toEqual([['a at 0']]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('is kept where it could not be written, and the newest time stands', async () => {
    const { lastUsed, written, warnings, setBroken } = start();
    setBroken(true);
    lastUsed.mark('app', 'a');
    lastUsed.mark('app', 'b');
    await lastUsed.flush();
    expect(warnings).toEqual([{ reason: 'Error' }]);
    setBroken(false);
    vi.setSystemTime(7);
    lastUsed.mark('app', 'b');
    await lastUsed.close();
    expect(written).toEqual([['a at 0', 'b at 7']]);
  });
});
