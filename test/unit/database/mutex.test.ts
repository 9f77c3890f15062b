import { expect, it } from 'vitest';
import { createMutex } from '../../../src/database/mutex.ts';

it('lets in one at a time, in the order of asking', async () => {
  const mutex = createMutex();
  const log: string[] = [];
  async function visit(name: string): Promise<void> {
    const release = await mutex.acquire();
    log.push(`${name} in`);
    await Promise.resolve();
    log.push(`${name} out`);
    release();
  }
  const visits = ['a', 'b', 'c'].map(visit);
  expect(mutex.waiting).toBe(2);
  await Promise.all(visits);
  expect(log).toEqual(['a in', 'a out', 'b in', 'b out', 'c in', 'c out']);
  expect(mutex.held).toBe(false);
});

it('lets nobody in twice for one release given twice', async () => {
  const mutex = createMutex();
  const release = await mutex.acquire();
  const second = mutex.acquire();
  release();
  release();
  await second;
  let third = false;
  void mutex.acquire().then(() => {
    third = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(third).toBe(false);
});
