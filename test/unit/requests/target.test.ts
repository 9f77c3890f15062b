import { describe, expect, it } from 'vitest';
import { normaliseUrl, queueKeyOf, targetOf } from '../../../src/requests/target.ts';

describe('the target of a request', () => {
  it('is of the normalised URL, placeholders kept', () => {
    expect(normaliseUrl('HTTPS://API.test:443/$CLIENT_SECRET?k=$BASE64($CLIENT_ID:$CLIENT_SECRET)')).toBe(
      'https://api.test/$CLIENT_SECRET?k=$BASE64($CLIENT_ID:$CLIENT_SECRET)',
    );
    expect(targetOf('https://API.test', 'GET')).toBe(targetOf('https://api.test:443/', 'GET'));
  });

  it('is another for another URL, method or queue', () => {
    const target = targetOf('https://api.test/', 'GET');
    const others = [targetOf('https://api.test/', 'POST'), targetOf('https://api.test/?', 'GET')];
    expect(new Set([target, ...others, queueKeyOf(target, 'a'), queueKeyOf(target, 'b')]).size).toBe(5);
  });

  it('is refused for what is no URL, without repeating it', () => {
    expect(() => normaliseUrl('no url', 'filter.url')).toThrow(
      expect.objectContaining({
        code: 'INVALID_PARAMETER',
        message: expect.not.stringContaining('no url'),
        details: { parameter: 'filter.url' },
      }),
    );
  });
});
