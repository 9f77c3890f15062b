import { createEgress } from '../../../src/egress/egress.ts';
import { createEngine } from '../../../src/execution/engine.ts';
import { createSender } from '../../../src/execution/sender.ts';
import { findRequests } from '../../../src/requests/requests.store.ts';
import { draftOf } from '../../../src/requests/submitting.ts';
import { createClientSecretsService } from '../../../src/secrets/client-secrets.service.ts';
import { generateMasterKey, parseMasterKeys } from '../../../src/secrets/master-keys.ts';
import { createVault } from '../../../src/secrets/vault.ts';
import { createTimerWheel } from '../../../src/timer-wheel.ts';
import { createUpstream } from '../../../src/upstream/upstream.ts';
import { inputOf, SECRET_NAME } from '../submission.ts';
import { observer, openFloorDatabase } from './database.ts';
import { serveRuns, setting } from './process.ts';

/** The engine without an API in front: admits, sends, settles, and tells who listens. */
const thirdParty = setting('THIRD_PARTY');
const { database, application } = await openFloorDatabase();
const wheel = createTimerWheel();
const egress = createEgress({ allowAddresses: ['127.0.0.1/32'], allowHttpHosts: [new URL(thirdParty).host] });
const upstream = createUpstream({ egress, wheel, maxResponseBytes: 10 * 1024 * 1024 });
const secrets = createClientSecretsService({
  db: database.kysely,
  vault: createVault(parseMasterKeys(generateMasterKey()).keys),
  checkUrl: (url) => egress.checkUrl(url),
  log: { warn() {} },
});
const engine = createEngine({
  database,
  requests: { find: (keys) => findRequests(database.kysely, keys), recent: async () => [] },
  secrets,
  send: createSender({ secrets, upstream, observer, userAgent: 'Keyhole' }),
  wheel,
  observer,
  onApplicationChange() {},
  leaseMs: 10_000,
  maxConcurrent: 256,
});
await engine.start();

const caller = { kind: 'APPLICATION', application, credentialId: application.id } as const;
const clientSecret = '0123456789abcdef0123456789abcdef0123456789abcdef';
await secrets.create(caller, { name: SECRET_NAME, clientSecret, allowedUrls: [new URL(thirdParty).origin] });
const usable = await secrets.findUsable(caller, SECRET_NAME, () => {});
const { data, ...target } = inputOf(thirdParty);
const times = { expires: 900_000, timeout: 30_000, wait: 0 };
const submission = { ...target, ...times, body: data, queue: null, idempotencyKey: null };
const extras = { applicationRevision: application.revision, usable, idempotencyKey: null, fingerprint: null };

serveRuns(async () => {
  const draft = draftOf(caller, submission, usable, undefined);
  const admitted = await engine.dispatcher.admit(draft, extras);
  if (admitted === null) throw new Error('Not admitted');
  // As the server does: once it is stored, and before anything else can have happened.
  return new Promise((resolve, reject) => {
    const unwatch = engine.bus.watchRequest(draft.applicationId, draft.id, (record) => {
      if (record?.status === 'PENDING') return;
      unwatch();
      if (record?.status === 'RESOLVED') resolve(0);
      else reject(new Error(record?.error?.message ?? 'It is gone'));
    });
  });
});
