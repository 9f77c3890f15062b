import { array, asyncProperty, assert as check, integer, nat } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBatcher } from '../../../src/database/write-batcher.ts';

/** A database whose statements end when the test says so. */
function heldDatabase() {
  const statements: { items: string[]; answer(): void; fail(error: Error): void }[] = [];
  function run(items: string[]): Promise<string[]> {
    return new Promise((resolve, reject) => {
      statements.push({ items, answer: () => resolve(items.map((item) => item.toUpperCase())), fail: reject });
    });
  }
  return { statements, run };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));
const away = () => Object.assign(new Error('terminating connection'), { code: '57P01' });

describe('a batcher', () => {
  it('writes at once when idle', () => {
    const { statements, run } = heldDatabase();
    void createBatcher({ run, maxSize: 500 }).add('a');
    expect(statements.map(({ items }) => items)).toEqual([['a']]);
  });

  it('collects while a batch is on its way, and answers each with its own result', async () => {
    const { statements, run } = heldDatabase();
    const batcher = createBatcher({ run, maxSize: 500 });
    const results = ['a', 'b', 'c'].map((item) => batcher.add(item));
    statements[0]?.answer();
    await settled();
    expect(statements.map(({ items }) => items)).toEqual([['a'], ['b', 'c']]);
    statements[1]?.answer();
    expect(await Promise.all(results)).toEqual(['A', 'B', 'C']);
  });

  it('never writes more than its limit at a time', async () => {
    const { statements, run } = heldDatabase();
    const batcher = createBatcher({ run, maxSize: 2 });
    const results = ['a', 'b', 'c', 'd'].map((item) => batcher.add(item));
    for (let index = 0; index < 3; index++) {
      statements[index]?.answer();
      await settled();
    }
    expect(statements.map(({ items }) => items)).toEqual([['a'], ['b', 'c'], ['d']]);
    expect(await Promise.all(results)).toEqual(['A', 'B', 'C', 'D']);
  });

  it('has as many batches on their way as it has lanes', () => {
    const { statements, run } = heldDatabase();
    const batcher = createBatcher({ run, maxSize: 500, lanes: 2 });
    for (const item of ['a', 'b', 'c']) void batcher.add(item);
    expect(statements.map(({ items }) => items)).toEqual([['a'], ['b']]);
  });

  it('fails all that are on their way when the database is away, asking once, and goes on afterwards', async () => {
    const { statements, run } = heldDatabase();
    const batcher = createBatcher({ run, maxSize: 500 });
    const outcomes = Promise.allSettled(['a', 'b', 'c'].map((item) => batcher.add(item)));
    statements[0]?.answer();
    await settled();
    statements[1]?.fail(away());
    expect((await outcomes).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
    expect(statements).toHaveLength(2);
    const later = batcher.add('d');
    statements[2]?.answer();
    expect(await later).toBe('D');
  });

  it('fails only the faulty, however many, and keeps the order of the rest', async () => {
    await check(
      asyncProperty(
        array(integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 40 }),
        nat(40),
        async (items, size) => {
          const written: number[] = [];
          const batcher = createBatcher<{ index: number; value: number }, number>({
            maxSize: size + 1,
            async run(batch) {
              await Promise.resolve();
              if (batch.some(({ value }) => value === 0)) throw new Error('invalid input');
              written.push(...batch.map(({ index }) => index));
              return batch.map(({ index }) => index);
            },
          });
          const outcomes = await Promise.allSettled(items.map((value, index) => batcher.add({ index, value })));
          outcomes.forEach((outcome, index) => {
            if (items[index] === 0) expect(outcome.status).toBe('rejected');
            else expect(outcome).toEqual({ status: 'fulfilled', value: index });
          });
          expect(written).toEqual(items.flatMap((value, index) => (value === 0 ? [] : [index])));
        },
      ),
    );
  });

  it('fails those whose results are missing instead of leaving them waiting', async () => {
    const batcher = createBatcher<string, string>({ run: async () => [], maxSize: 500 });
    await expect(batcher.add('a')).rejects.toThrow('0 results');
  });

  it('tells the size of each batch that was written', async () => {
    const sizes: number[] = [];
    const { statements, run } = heldDatabase();
    const batcher = createBatcher({ run, maxSize: 500, onBatch: (size) => sizes.push(size) });
    const results = ['a', 'b', 'c'].map((item) => batcher.add(item));
    statements[0]?.answer();
    await settled();
    statements[1]?.answer();
    await Promise.all(results);
    expect(sizes).toEqual([1, 2]);
  });
});
