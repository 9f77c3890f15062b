import { describe, expect, test, vi } from 'vitest';
import { createRateLimit } from '../../../src/graphql/rate-limit.ts';
import { newId } from '../../../src/ids.ts';
import { application, as, requestRecord, startEdge } from './fake-edge.ts';

function visitor(visitorId: string, requestsPerMinute: number | null) {
  const limited = { ...application, requestsPerMinute };
  return { kind: 'VISITOR', application: limited, credentialId: newId(), visitorId } as const;
}

describe('requestsPerMinute', () => {
  test('holds for each caller', async () => {
    const rateLimit = createRateLimit();
    const ada = visitor('ada-ada-ada-ada-ada', 2);
    await rateLimit(ada);
    await rateLimit(ada);
    await expect(rateLimit(ada)).rejects.toMatchObject({
      code: 'RATE_LIMITED',
      details: { retryAfterMs: expect.any(Number) },
    });
    await rateLimit(visitor('bob-bob-bob-bob-bob', 2));
  });

  test('without a limit counts nothing', () => {
    expect(createRateLimit()(visitor('ada-ada-ada-ada-ada', null))).toBeUndefined();
  });

  test('is not got around by aliases', async () => {
    const submit = vi.fn(async () => requestRecord());
    const rateLimit = createRateLimit();
    const edge = await startEdge({
      requests: { submit },
      rateLimit: (caller) => rateLimit({ ...caller, application: { ...application, requestsPerMinute: 2 } }),
    });
    const one = 'clientSecretRequest(input: { clientSecretName: "a", url: "b", method: GET }) { request { id } }';
    const { body } = await edge.post(`mutation { a: ${one} b: ${one} c: ${one} }`, { headers: as.visitor });
    await edge.close();
    expect(submit).toHaveBeenCalledTimes(2);
    expect(body.errors[0]).toMatchObject({ path: ['c'], extensions: { code: 'RATE_LIMITED' } });
  });
});
