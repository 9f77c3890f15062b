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
