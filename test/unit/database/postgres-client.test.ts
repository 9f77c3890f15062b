import { DatabaseError } from 'pg-protocol';
import { expect, it } from 'vitest';
import { endsConnection } from '../../../src/database/postgres-client.ts';

function refusal(code: string, severity: string): DatabaseError {
  return Object.assign(new DatabaseError('refused', 0, 'error'), { code, severity });
}

it.each([
  ['an operator ended it, in Russian', refusal('57P01', 'ВАЖНО'), true],
  ['the server crashed', refusal('57P02', 'WARNING'), true],
  ['its database was dropped', refusal('57P04', 'FATAL'), true],
  ['a pooler is closing it', refusal('08P01', 'FATAL'), true],
  ['its statement took too long', refusal('57014', 'ERROR'), false],
  ['a row was there', refusal('23505', 'ERROR'), false],
  ['no answer came', new Error('Query read timeout'), true],
  ['what is no error was thrown', 'Query read timeout', false],
])('knows whether a connection is of use: %s', (_, error, expected) => {
  expect(endsConnection(error)).toBe(expected);
});
