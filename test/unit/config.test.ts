import { expect, it } from 'vitest';
import { readConfig } from '../../src/config.ts';

it('one message names every setting that is wrong, what it must be, and which entry of a list it is', () => {
  const env = {
    PORT: 'many',
    METRICS_PORT: '70000',
    KEYHOLE_ALLOW_ADDRESSES: '127.0.0.1/32, 10.0.0.0, 10.0.0.0/99',
    KEYHOLE_ALLOW_HTTP_HOSTS: 'localhost:80, http://localhost',
  };
  expect(() => readConfig(env)).toThrow(
    [
      'The settings are wrong:',
      '  PORT must be a whole number from 0 to 65535',
      '  METRICS_PORT must be a whole number from 0 to 65535',
      '  KEYHOLE_ALLOW_HTTP_HOSTS entry 2 is not a host, nor host:port',
      '  KEYHOLE_ALLOW_ADDRESSES entry 2 is not an address range in CIDR notation',
      '  KEYHOLE_ALLOW_ADDRESSES entry 3 is not an address range in CIDR notation',
    ].join('\n'),
  );
  expect(readConfig({})).toMatchObject({ port: 4000, metricsPort: null });
  expect(readConfig({ METRICS_PORT: '0' }).metricsPort).toBe(0);
});

const KEYS = { KEYHOLE_MASTER_KEYS: `k:${Buffer.alloc(32, 1).toString('base64')}` };

it.each([
  'postgres://user:password@host:5432/database',
  'postgresql://user:pass%2Fword@[::1]/database?sslmode=require',
  'postgres://user@/database?host=/var/run/postgresql',
  'postgres:///database',
  'postgresql://postgres@localhost/postgres?host=%2Ftmp%2Fx',
])('%s may be the DATABASE_URL', (url) => {
  expect(readConfig({ DATABASE_URL: url, ...KEYS }).databaseUrl).toBe(url);
});

it.each(['postgres://user:pass/word@host/database', 'postgres://host:99999/database', 'mysql://host/database'])(
  '%s may not, and is not repeated',
  (url) => {
    expect(() => readConfig({ DATABASE_URL: url, ...KEYS })).toThrow(
      'The settings are wrong:\n  DATABASE_URL must be a URL that begins with postgres://, what is special in its password percent-encoded',
    );
  },
);

it.each([' '.repeat(40), 'a token of words, with spaces in it', 'ü'.repeat(40), 'short'])(
  'no operator could be "%s"',
  (token) => {
    expect(() => readConfig({ KEYHOLE_OPERATOR_TOKEN: token })).toThrow(
      '  KEYHOLE_OPERATOR_TOKEN must have at least 32 characters, of ASCII and no spaces',
    );
  },
);
