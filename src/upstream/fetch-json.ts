import type { Upstream } from './upstream.ts';

const TIMEOUT_MS = 5_000;

/** Gets a JSON document through the egress guard. Rejects with a message that holds nothing of what came. */
export function createFetchJson(upstream: Upstream, userAgent: string): (url: string) => Promise<unknown> {
  return async (url) => {
    const headers = new Map([
      ['accept', 'application/json'],
      ['user-agent', userAgent],
    ]);
    const outcome = await upstream.exchange(
      { url, urlIsPlain: true, method: 'GET', headers, body: null },
      { timeoutMs: TIMEOUT_MS },
    );
    if (outcome.kind === 'failure') throw new Error(`No document: ${outcome.message}`);
    if (outcome.statusCode !== 200) throw new Error(`No document: status ${outcome.statusCode}`);
    if (outcome.body === null) throw new Error('No document: its body cannot be read');
    try {
      return JSON.parse(outcome.body.toString('utf8'));
    } catch {
      throw new Error('No document: not JSON');
    }
  };
}
