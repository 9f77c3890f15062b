import { expect, test } from 'vitest';
import { createSender } from '../../../src/execution/sender.ts';
import { newId } from '../../../src/ids.ts';
import { createLog } from '../../../src/log.ts';
import { createObserver } from '../../../src/observer.ts';
import type { UsableSecret } from '../../../src/secrets/client-secret.ts';
import { compileDestination } from '../../../src/secrets/destination.ts';
import { SecretValue } from '../../../src/secrets/secret-value.ts';
import { createAbort } from '../../../src/upstream/abort.ts';
import { requestRecord } from '../graphql/fake-edge.ts';

const SECRET = 'sk-test-4f9a1c7be2d84466b0a3';

test('an error that nobody expected ends the request, and is logged without its text', async () => {
  const rules = { allowedUrls: ['https://api.test'], allowedMethods: [], allowedPlacements: ['HEADERS'] } as const;
  const record = requestRecord({
    headers: { authorization: 'Bearer $CLIENT_SECRET' },
    expiresAt: new Date(Date.now() + 60_000),
  });
  // No more of it than sending looks at.
  const usable = {
    secret: { id: record.clientSecretId, enabled: true, clientId: null, version: 1 },
    destination: compileDestination(rules),
  } as unknown as UsableSecret;
  const lines: string[] = [];
  const send = createSender({
    secrets: { open: () => new SecretValue(SECRET), markUsed: () => {} },
    upstream: {
      exchange: ({ headers }) => Promise.reject(new TypeError(`cannot send ${JSON.stringify(headers)}`)),
      close: () => Promise.resolve(),
    },
    observer: createObserver(createLog('trace', { write: (line) => void lines.push(line) }), null),
    userAgent: 'test',
  });

  const { settlement } = await send({ record, usable, instanceId: newId() }, createAbort());

  expect(settlement.error?.code).toBe('OUTCOME_UNKNOWN');
  expect(JSON.stringify(settlement)).not.toContain(SECRET);
  expect(lines.join('')).toContain('sender.test.ts');
  expect(lines.join('')).not.toContain(SECRET);
});
