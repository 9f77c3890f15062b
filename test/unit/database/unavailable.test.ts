import { expect, it } from 'vitest';
import { isTransient, isUnavailable } from '../../../src/database/unavailable.ts';

const coded = (code: string) => Object.assign(new Error('message'), { code });

it.each(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', '08006', '53300', '53100', '57P01', '57P03', '57014', '25006'])(
  '%s: the database is away',
  (code) => {
    expect(isUnavailable(coded(code))).toBe(true);
  },
);

it.each(['23505', '22P05', '40P01', '42P01', '28P01', 'ERR_INVALID_ARG_TYPE'])('%s: the database answered', (code) => {
  expect(isUnavailable(coded(code))).toBe(false);
});

it.each([
  'Connection terminated unexpectedly',
  'Connection terminated due to connection timeout',
  'timeout exceeded when trying to connect',
  'Query read timeout',
])('"%s": the database is away', (message) => {
  expect(isUnavailable(new Error(message))).toBe(true);
});

it('takes nothing else for it', () => {
  expect(isUnavailable(new TypeError('x is not a function'))).toBe(false);
  expect(isUnavailable(undefined)).toBe(false);
});

it.each(['57P01', 'ECONNREFUSED', '40P01', '28P01', '3D000', '55000', '42501', '42P01', 'XX000'])(
  '%s: the same call may succeed later',
  (code) => {
    expect(isTransient(coded(code))).toBe(true);
  },
);

it('takes no data later that it does not take now', () => {
  for (const code of ['22P05', '22001', '23505', '54000', 'ERR_OUT_OF_RANGE']) {
    expect(isTransient(coded(code))).toBe(false);
  }
  for (const error of [new RangeError('Invalid string length'), new Error('unexpected'), undefined]) {
    expect(isTransient(error)).toBe(false);
  }
});
