import fc from 'fast-check';
import { expect, it } from 'vitest';
import { openDatabase } from '../../../src/database/database.ts';
import { rowArrays } from '../../../src/database/row-arrays.ts';

interface Row {
  id: string;
  count: number | null;
  done: boolean;
  at: string | null;
  note: string | null;
}

const rows = rowArrays<Row>({ id: 'uuid', count: 'integer', done: 'boolean', at: 'timestamptz', note: 'text' });
const statement = {
  name: 'rows',
  text: `select id, count, done, to_char(at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at, note
    from ${rows.unnest} with ordinality as t(${rows.names}, turn) order by turn`,
};

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
        expect(await database.hot(statement, rows.values(given))).toEqual(given);
      }),
    );
  } finally {
    await database.close();
  }
});
