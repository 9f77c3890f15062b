import fc from 'fast-check';
import { expect, it } from 'vitest';
import { openDatabase } from '../../../src/database/database.ts';
import { rowBatches } from '../../../src/database/row-batches.ts';

interface Row {
  id: string;
  count: number | null;
  done: boolean;
  at: string | null;
  note: string | null;
}

const batches = rowBatches<Row>({ id: 'uuid', count: 'integer', done: 'boolean', at: 'timestamptz', note: 'text' });
const ROWS = batches.statement(
  'rows',
  (input) => `select id, count, done, to_char(at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at, note
    from (${input}) t order by turn`,
);

/** Postgres stores no NUL. */
const note = fc.oneof(
  fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\0', '')),
  fc.string({ unit: fc.constantFrom(...'"\\{},\' \nNULLé') }),
);
const row: fc.Arbitrary<Row> = fc.record({
  id: fc.uuid(),
  count: fc.option(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })),
  done: fc.boolean(),
  at: fc.option(
    fc
      .date({ min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
      .map((date) => date.toISOString()),
  ),
  note: fc.option(note),
});

it('lays rows out as they were, whatever is in them', async () => {
  const database = await openDatabase({ databaseUrl: null, dataDir: null, onPoolError: () => {} });
  try {
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 5 }), async (given) => {
        expect(await database.hot(...ROWS(given))).toEqual(given);
      }),
    );
  } finally {
    await database.close();
  }
});

it('sends one row without arrays', () => {
  const [alone] = fc.sample(row, 1);
  if (alone === undefined) throw new Error('No sample');
  const [{ name, text }, values] = ROWS([alone]);
  expect(name).toBe('rows-alone');
  expect(text).not.toContain('[]');
  expect(values).toEqual([alone.id, alone.count, alone.done, alone.at, alone.note]);
});
