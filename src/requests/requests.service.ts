import type { Kysely } from 'kysely';
import type { ApplicationsService } from '../applications/applications.service.ts';
import { ownerOf, type TenantCaller } from '../applications/caller.ts';
import type { Database } from '../database/schema.ts';
import { invalidParameter, KeyholeError, notFound } from '../errors.ts';
import type { Bus } from '../events/bus.ts';
import type { Dispatcher } from '../execution/dispatcher.ts';
import type { Lease } from '../execution/lease.ts';
import type { ClientSecretsService } from '../secrets/client-secrets.service.ts';
import type { TimerWheel } from '../timer-wheel.ts';
import { createHistory } from './history.ts';
import { createListening, type Listening } from './listening.ts';
import type { RequestRecord, Trail } from './request.ts';
import type { RequestsService } from './requests.port.ts';
import { countBefore, deleteSettled, findByIdempotencyKey, findRequests, keepPending } from './requests.store.ts';
import { type ParsedSubmission, parseSubmission, type SubmissionLimits } from './submission.ts';
import { type CheckUrl, checkUse, draftOf, fingerprintOf, idempotencyKeyOf } from './submitting.ts';

export interface RequestsServiceOptions {
  db: Kysely<Database>;
  applications: ApplicationsService;
  secrets: ClientSecretsService;
  dispatcher: Dispatcher;
  bus: Bus;
  lease: Lease;
  wheel: TimerWheel;
  limits: SubmissionLimits;
  /** The egress guard, as far as it can be asked without DNS. Throws where a URL can never be reached. */
  checkUrl: CheckUrl;
  /** Most requests that a listener may have unread. */
  maxPendingEvents: number;
}

/** Cached copies may be stale as often as somebody changes them at just that moment. */
const ADMISSION_TRIES = 10;
const UNAVAILABLE = 'The server cannot take requests now: nothing was stored. Try again.';

export function createRequestsService(options: RequestsServiceOptions): RequestsService & Pick<Listening, 'release'> {
  const { db, applications, secrets, dispatcher, bus, lease, limits, checkUrl } = options;
  const history = createHistory(db);
  const listening = createListening({ db, bus, history, wheel: options.wheel, maxPending: options.maxPendingEvents });

  async function submit(caller: TenantCaller, input: unknown, trail?: Trail): Promise<RequestRecord> {
    const submission = parseSubmission(input, limits);
    const idempotencyKey = idempotencyKeyOf(caller, submission);
    const known = idempotencyKey === null ? null : await findKnown(caller, submission, idempotencyKey);
    const record = known ?? (await admit(caller, submission, idempotencyKey, trail));
    return submission.wait > 0 ? listening.ended(record, submission.wait, known !== null) : record;
  }

  async function admit(
    caller: TenantCaller,
    submission: ParsedSubmission,
    idempotencyKey: string | null,
    trail: Trail | undefined,
  ) {
    let current = caller;
    for (let tries = 0; tries < ADMISSION_TRIES; tries++) {
      if (!lease.held()) throw new KeyholeError('INTERNAL', UNAVAILABLE);
      const usable = await secrets.findUsable(current, submission.clientSecretName, (found) =>
        checkUse(submission, found, checkUrl),
      );
      const fingerprint = idempotencyKey === null ? null : fingerprintOf(submission);
      const applicationRevision = current.application.revision;
      const extras = { applicationRevision, usable, idempotencyKey, fingerprint };
      const admitted = await dispatcher.admit(draftOf(current, submission, usable, trail), extras);
      if (admitted !== null) return admitted;
      // Not stored: the idempotency key is known by now, or what the decision was made from has changed.
      const known = idempotencyKey === null ? null : await findKnown(current, submission, idempotencyKey);
      if (known !== null) return known;
      secrets.invalidate(usable.secret.applicationId, usable.secret.id);
      applications.invalidate(usable.secret.applicationId);
      current = (await applications.confirm(current)) as TenantCaller; // confirming does not change the kind
    }
    throw new KeyholeError('INTERNAL', UNAVAILABLE);
  }

  async function findKnown(caller: TenantCaller, submission: ParsedSubmission, key: string) {
    const fingerprint = fingerprintOf(submission);
    for (;;) {
      const known = await findByIdempotencyKey(db, caller.application.id, ownerOf(caller), key);
      if (known === null) return null;
      const { record, isKept } = known;
      if (known.fingerprint !== fingerprint) {
        throw invalidParameter('input.idempotencyKey', 'This key was used with other input before.');
      }
      // Otherwise it has just ended, or was taken back.
      if (isKept || record.status !== 'PENDING' || (await keepPending(db, record))) return record;
    }
  }

  async function find(caller: TenantCaller, id: string): Promise<RequestRecord | null> {
    const [record] = await findRequests(db, [{ applicationId: caller.application.id, id }]);
    if (record === undefined) return null;
    return caller.kind === 'APPLICATION' || record.owner === ownerOf(caller) ? record : null;
  }

  async function get(caller: TenantCaller, id: string): Promise<RequestRecord> {
    const record = await find(caller, id);
    if (record === null) throw notFound('No such request.');
    return record;
  }

  async function cancel(caller: TenantCaller, id: string): Promise<RequestRecord> {
    const record = await get(caller, id);
    if (record.status !== 'PENDING') return record;
    await dispatcher.cancel(record);
    return get(caller, id);
  }

  return {
    submit,
    find,
    cancel,
    async remove(caller, id) {
      const { applicationId } = await cancel(caller, id);
      await deleteSettled(db, applicationId, id);
    },
    history: history.page,
    queuePosition: async (record) =>
      record.status !== 'PENDING' || record.queueKey === null ? null : countBefore(db, record),
    queues: history.queues,
    findQueue: history.queue,
    updates: async (caller, id) => listening.updates(await get(caller, id)),
    historyUpdates: listening.historyUpdates,
    queueUpdates: listening.queueUpdates,
    release: listening.release,
  };
}
