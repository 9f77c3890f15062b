import { expect, test } from 'vitest';
import { createSender } from '../../../src/execution/sender.ts';
import type { Work } from '../../../src/execution/work.ts';
import { newId } from '../../../src/ids.ts';
import { createLog } from '../../../src/log.ts';
import { createObserver } from '../../../src/observer.ts';
import type { UsableSecret } from '../../../src/secrets/client-secret.ts';
import { compileDestination } from '../../../src/secrets/destination.ts';
import { SecretValue } from '../../../src/secrets/secret-value.ts';
import { createAbort } from '../../../src/upstream/abort.ts';
import type { ExchangeOutcome } from '../../../src/upstream/exchange.ts';
import type { Upstream } from '../../../src/upstream/upstream.ts';
import { requestRecord } from '../graphql/fake-edge.ts';

const SECRET = 'sk-test-4f9a1c7be2d84466b0a3';

const rules = { allowedUrls: ['https://api.test'], allowedMethods: [], allowedPlacements: ['HEADERS'] } as const;

function work(): Work {
  const record = requestRecord({
    headers: { authorization: 'Bearer $CLIENT_SECRET' },
    expiresAt: new Date(Date.now() + 60_000),
  });
  // No more of it than sending looks at.
  const usable = {
    secret: { id: record.clientSecretId, enabled: true, clientId: null, version: 1 },
    destination: compileDestination(rules),
  } as unknown as UsableSecret;
  return { record, usable, instanceId: newId() };
}

function createBench(exchange: Upstream['exchange']) {
  const lines: string[] = [];
  const send = createSender({
    secrets: { open: () => new SecretValue(SECRET), markUsed: () => {} },
    upstream: { exchange, close: () => Promise.resolve() },
    observer: createObserver(createLog('trace', { write: (line) => void lines.push(line) }), null),
    userAgent: 'test',
  });
  return { lines, send };
}

test('an error that nobody expected ends the request, and is logged without its text', async () => {
  const { lines, send } = createBench(({ headers }) =>
    Promise.reject(new TypeError(`cannot send ${JSON.stringify(headers)}`)),
  );
  const { settlement } = await send(work(), createAbort());
  expect(settlement.error?.code).toBe('OUTCOME_UNKNOWN');
  expect(JSON.stringify(settlement)).not.toContain(SECRET);
  expect(lines.join('')).toContain('sender.test.ts');
  expect(lines.join('')).not.toContain(SECRET);
});

test('large responses that come together are searched in a round of the event loop each', async () => {
  const body = Buffer.from(`${'x'.repeat(300_000)} ${SECRET}`);
  const response: ExchangeOutcome = { kind: 'response', statusCode: 200, headers: {}, body, withheld: null };
  const { send } = createBench(() => Promise.resolve(response));
  const rounds: number[] = [];
  let round = 0;
  const ends = Array.from({ length: 4 }, async () => {
    const { settlement } = await send(work(), createAbort());
    expect(settlement.response?.body).toContain('$CLIENT_SECRET');
    rounds.push(round);
  });
  const all = Promise.all(ends);
  while (rounds.length < 4) {
    await new Promise((resolve) => setImmediate(resolve));
    round++;
  }
  await all;
  expect(new Set(rounds).size).toBe(4);
});
