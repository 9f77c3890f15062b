import { ownerOf, type TenantCaller } from '../applications/caller.ts';
import { invalidParameter } from '../errors.ts';
import { hashId, newId } from '../ids.ts';
import type { UsableSecret } from '../secrets/client-secret.ts';
import { checkPlacements, checkSubmittedUrl } from '../secrets/destination.ts';
import type { RequestRecord, Submission, Trail } from './request.ts';
import { checkTraits, traitsOf } from './secret-traits.ts';
import type { ParsedSubmission } from './submission.ts';
import { queueKeyOf, targetOf } from './target.ts';

/** Throws an error whose message is for clients where a URL can never be reached. */
export type CheckUrl = (url: string) => void;

/** Whether this client secret may go where the submission would have it. Throws what BEHAVIOUR 3 says for each case. */
export function checkUse(submission: ParsedSubmission, usable: UsableSecret, checkUrl: CheckUrl): void {
  checkSubmittedUrl(usable.destination, submission.url, submission.method);
  checkUrl(submission.url);
  checkPlacements(usable.destination, submission.uses);
  const { clientId } = usable.secret;
  checkTraits(submission.uses, usable.traits, clientId === null ? null : traitsOf(clientId));
}

export function draftOf(
  caller: TenantCaller,
  submission: Submission,
  usable: UsableSecret,
  trail: Trail | undefined,
): RequestRecord {
  const now = Date.now();
  const { url, method, queue, headers, body, expires, timeout } = submission;
  const target = targetOf(url, method);
  return {
    id: newId(now),
    applicationId: caller.application.id,
    owner: ownerOf(caller),
    status: 'PENDING',
    clientSecretId: usable.secret.id,
    clientSecretName: submission.clientSecretName,
    clientSecretVersion: null,
    url,
    method,
    target,
    queue,
    queueKey: queue === null ? null : queueKeyOf(target, queue),
    headers,
    body,
    timeoutMs: timeout,
    response: null,
    error: null,
    createdAt: new Date(now),
    startedAt: null,
    updatedAt: new Date(now),
    expiresAt: new Date(now + expires),
    trail,
  };
}

/** Null where none was given. Visitors without an ID are told from nobody: theirs would be shared. */
export function idempotencyKeyOf(caller: TenantCaller, { idempotencyKey }: Submission): string | null {
  if (idempotencyKey === null) return null;
  if (caller.kind === 'VISITOR' && caller.visitorId === null) {
    throw invalidParameter('input.idempotencyKey', 'A visitor needs an X-Visitor-Id for it.');
  }
  return hashId(idempotencyKey);
}

/** The same for the same input, `wait` aside. It is stored: what it is made of must not change. */
export function fingerprintOf({ wait: _, idempotencyKey: __, uses: ___, ...input }: ParsedSubmission): string {
  return hashId(JSON.stringify(input));
}
