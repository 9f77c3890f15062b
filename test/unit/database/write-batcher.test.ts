import { array, asyncProperty, assert as check, integer, nat } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Batcher, createBatcher } from '../../../src/database/write-batcher.ts';

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

async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

/** A batch leaves at the end of the next turn at the latest, and its answer is heard in the one after. */
async function settled(): Promise<void> {
  for (let turns = 0; turns < 3; turns++) await turn();
}

/** Each in a turn of its own, so that the first leaves alone. */
async function addInTurns(batcher: Batcher<string, string>, items: string[]): Promise<Promise<string>[]> {
  const results: Promise<string>[] = [];
  for (const item of items) {
    results.push(batcher.add(item));
    await settled();
  }
  return results;
}

const away = () => Object.assign(new Error('terminating connection'), { code: '57P01' });

describe('a batcher', () => {
  it('writes one alone at the end of its turn', async () => {
    const { statements, run } = heldDatabase();
    const batcher = createBatcher({ run, maxSize: 500 });
    void batcher.add('a');
    expect(statements).toEqual([]);
    await turn();
    expect(statements.map(({ items }) => items)).toEqual([['a']]);
  });

  it('writes several when the event loop has gone round once more, with all that it brought', async () => {
    const { statements, run } = heldDatabase();
    const batcher = createBatcher({ run, maxSize: 500 });
    for (const item of ['a', 'b']) void batcher.add(item);
    await turn();
    void batcher.add('c');
    expect(statements).toEqual([]);
    await turn();
    expect(statements.map(({ items }) => items)).toEqual([['a', 'b', 'c']]);
  });

  it('writes no more text in one statement than Postgres takes in in good time, but any one item', async () => {
    const { statements, run } = heldDatabase();
    const million = 1024 * 1024;
    const batcher = createBatcher({ run, maxSize: 500, textOf: (item) => Number(item) * million });
    const results = ['12', '3', '5', '1', '0', '8', '1'].map((item) => batcher.add(item));
    for (let at = 0; at < 5; at++) {
      await settled();
      statements[at]?.answer();
    }
    await Promise.all(results);
    expect(statements.map(({ items }) => items)).toEqual([['12'], ['3', '5'], ['1', '0'], ['8'], ['1']]);
  });

  it('lets the event loop go round for one alone too after a batch of several', async () => {
    const { statements, run } = heldDatabase();
    const batcher = createBatcher({ run, maxSize: 500 });
    for (const item of ['a', 'b']) void batcher.add(item);
    await settled();
    statements[0]?.answer();
    await settled();
    void batcher.add('c');
    await turn();
    void batcher.add('d');
    expect(statements).toHaveLength(1);
    await turn();
    expect(statements.map(({ items }) => items)).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
  });

  it('collects while a batch is on its way, and answers each with its own result', async () => {
    const { statements, run } = heldDatabase();
    const batcher = createBatcher({ run, maxSize: 500 });
    const results = await addInTurns(batcher, ['a', 'b', 'c']);
    statements[0]?.answer();
    await settled();
    expect(statements.map(({ items }) => items)).toEqual([['a'], ['b', 'c']]);
    statements[1]?.answer();
    expect(await Promise.all(results)).toEqual(['A', 'B', 'C']);
  });

  it('never writes more than its limit at a time', async () => {
    const { statements, run } = heldDatabase();
    const batcher = createBatcher({ run, maxSize: 2 });
    const results = await addInTurns(batcher, ['a', 'b', 'c', 'd']);
    for (let index = 0; index < 3; index++) {
      statements[index]?.answer();
      await settled();
    }
    expect(statements.map(({ items }) => items)).toEqual([['a'], ['b', 'c'], ['d']]);
    expect(await Promise.all(results)).toEqual(['A', 'B', 'C', 'D']);
  });

  it('fails all that are on their way when the database is away, asking once, and goes on afterwards', async () => {
    const { statements, run } = heldDatabase();
    const batcher = createBatcher({ run, maxSize: 500 });
    const outcomes = Promise.allSettled(await addInTurns(batcher, ['a', 'b', 'c']));
    statements[0]?.answer();
    await settled();
    statements[1]?.fail(away());
    expect((await outcomes).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
    expect(statements).toHaveLength(2);
    const later = batcher.add('d');
    await settled();
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
    const results = await addInTurns(batcher, ['a', 'b', 'c']);
    statements[0]?.answer();
    await settled();
    statements[1]?.answer();
    await Promise.all(results);
    expect(sizes).toEqual([1, 2]);
  });
});
