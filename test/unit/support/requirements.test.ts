import { describe, expect, it } from 'vitest';
import { findRequirements, hasPostgres, leftOut } from '../../support/requirements.ts';

const nothing = { databaseUrl: null, postgresBinaries: null, chromium: null };
const everything = { databaseUrl: null, postgresBinaries: '/usr/bin', chromium: '/usr/bin/chromium' };

describe('the end of a run', () => {
  it('says what was left out, and how to have it run', () => {
    expect(leftOut(nothing)).toEqual([
      expect.stringMatching(/LEFT OUT: the API suite on real Postgres.*TEST_DATABASE_URL/),
      expect.stringMatching(/LEFT OUT: the tests in a browser/),
    ]);
    expect(leftOut(everything)).toEqual([]);
  });

  it('counts a Postgres that is given, but not for tests that stop it', () => {
    const given = { ...everything, databaseUrl: 'postgresql://localhost/x', postgresBinaries: null };
    expect(hasPostgres(given)).toBe(true);
    expect(leftOut(given)).toEqual([expect.stringMatching(/LEFT OUT: the tests that stop and start Postgres/)]);
  });
});

it('fails where everything is required and something is missing', () => {
  expect(findRequirements({ PATH: '/nowhere' }).chromium).toBeNull();
  expect(() => findRequirements({ PATH: '/nowhere', KEYHOLE_TEST_REQUIRE_ALL: '1' })).toThrow(/LEFT OUT/);
});
