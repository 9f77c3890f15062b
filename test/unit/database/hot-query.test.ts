import { expect, it } from 'vitest';
import { HotQuery } from '../../../src/database/hot-query.ts';

it('answers with an error where a row cannot be read, and throws none at the socket', () => {
  const unreadable = { getTypeParser: () => JSON.parse };
  const answers: unknown[] = [];
  const query = new HotQuery({ name: 'n', text: 'select 1' }, [], unreadable, (...answer) => answers.push(answer));
  const field = { name: 'a', tableID: 0, columnID: 0, dataTypeID: 114, dataTypeSize: -1, dataTypeModifier: -1 };
  query.handleRowDescription({ fields: [{ ...field, format: 'text' }] });
  query.handleDataRow({ fields: ['{'] });
  query.handleDataRow({ fields: ['{}'] });
  query.handleReadyForQuery();
  expect(answers).toEqual([[expect.any(SyntaxError), [{ a: {} }]]]);
});

it('refuses what cannot be encoded before pg has anything to submit', () => {
  const statement = { name: 'n', text: 'select $1::timestamptz' };
  const types = { getTypeParser: () => String };
  expect(() => new HotQuery(statement, [new Date(Number.NaN)], types, () => {})).toThrow(RangeError);
});
