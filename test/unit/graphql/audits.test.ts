import { serverAudits } from 'graphql-http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { as, type FakeEdge, startEdge } from './fake-edge.ts';

let edge: FakeEdge;
beforeAll(async () => {
  edge = await startEdge();
});
afterAll(() => edge.close());

const audits = serverAudits({
  url: () => edge.url,
  fetchFn: (url: string, init: RequestInit = {}) =>
    fetch(url, { ...init, headers: { ...init.headers, ...as.visitor } }),
});

describe('GraphQL over HTTP, as graphql-http audits it', () => {
  test('there are 61 audits', () => expect(audits).toHaveLength(61));

  test.each(audits.map((audit) => [audit.name, audit] as const))('%s', async (_name, audit) => {
    const result = await audit.fn();
    expect(result.status === 'ok' ? 'ok' : `${result.status}: ${result.reason}`).toBe('ok');
  });
});
