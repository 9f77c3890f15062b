import { KeyholeError } from '../errors.ts';
import { usesOf } from '../requests/placeholder-uses.ts';
import type { RequestError, RequestRecord, Settlement } from '../requests/request.ts';
import { createScrubber } from '../scrubbing/scrubber.ts';
import type { UsableSecret } from '../secrets/client-secret.ts';
import { checkDestination, checkPlacements, checkSubmittedUrl } from '../secrets/destination.ts';
import type { UsableSecrets } from '../secrets/usable-secrets.ts';
import { VaultError } from '../secrets/vault.ts';
import type { Abort } from '../upstream/abort.ts';
import type { ExchangeOutcome } from '../upstream/exchange.ts';
import { buildOutbound } from '../upstream/outbound.ts';
import { toStoredResponse } from '../upstream/response-body.ts';
import type { Upstream } from '../upstream/upstream.ts';
import type { ExecutionObserver } from './observer.ts';
import { createTurns } from './turns.ts';
import { failed, type SendResult, type Work } from './work.ts';

export interface SenderOptions {
  secrets: Pick<UsableSecrets, 'open' | 'markUsed'>;
  upstream: Upstream;
  observer: ExecutionObserver;
  userAgent: string;
}

/** It takes some milliseconds to look for the secret in so much. */
const LARGE_BODY_BYTES = 256 * 1024;
const BROKE = 'The server broke while this was being sent: the third party may have received it';

/** One exchange: resolves with its end, whatever that is. */
export type Send = (work: Work, abort: Abort) => Promise<SendResult>;

export function createSender({ secrets, upstream, observer, userAgent }: SenderOptions): Send {
  const turn = createTurns();

  /** The value is in this function's scope, and nowhere else; what it returns was scrubbed of it. */
  async function exchange(record: RequestRecord, usable: UsableSecret, abort: Abort): Promise<SendResult> {
    const { clientId, version } = usable.secret;
    const clientSecret = secrets.open(usable).reveal();
    const outbound = buildOutbound(record, { clientSecret, clientId }, userAgent);
    // Once more after substitution: a value may have changed where the URL leads.
    if (!outbound.urlIsPlain) checkDestination(usable.destination, outbound.url, outbound.method);
    const remainingMs = record.expiresAt.getTime() - Date.now();
    if (remainingMs <= 0) return failed({ code: 'EXPIRED', message: 'It expired before it was sent' });
    secrets.markUsed(record.applicationId, usable.secret.id);
    const endStep = observer.begin('upstream', record);
    const startedAt = performance.now();
    const timeoutMs = Math.min(record.timeoutMs, remainingMs);
    const outcome = expiring(await upstream.exchange(outbound, { timeoutMs, abort }), record);
    const upstreamMs = performance.now() - startedAt;
    endStep(outcome.kind === 'failure' ? outcome.code : outcome.statusCode);
    if (outcome.kind === 'failure') {
      const { code, message } = outcome;
      return { settlement: { error: { code, message }, response: null }, version, upstreamMs };
    }
    if ((outcome.body?.length ?? 0) > LARGE_BODY_BYTES) await turn();
    const scrubber = createScrubber(clientSecret);
    const response = toStoredResponse(outcome, scrubber);
    if (scrubber.found > 0) observer.secretEchoed(record, scrubber.found);
    const settlement: Settlement = { error: outcome.withheld ?? errorOf(outcome.statusCode), response };
    return { settlement, version, upstreamMs };
  }

  return async ({ record, usable }, abort) => {
    const refusal = usable === null ? 'The client secret was deleted' : refusalOf(record, usable);
    if (usable === null || refusal !== null) return notUsable(refusal ?? '');
    try {
      return await exchange(record, usable, abort);
    } catch (error) {
      if (error instanceof VaultError) {
        observer.trouble('a client secret could not be opened', error);
        return notUsable('The client secret could not be opened');
      }
      if (!(error instanceof KeyholeError)) {
        observer.trouble('a request could not be sent', withoutText(error));
        return failed({ code: 'OUTCOME_UNKNOWN', message: BROKE });
      }
      if (error.code === 'DESTINATION_NOT_ALLOWED') return failed({ code: error.code, message: error.message });
      return notUsable(`The value of the client secret cannot stand where it is asked for: ${error.message}`);
    }
  };
}

/** An error that nobody expected, thrown where the plaintext was in scope: its text may hold some of it. */
function withoutText(error: unknown): Error {
  const bare = new Error('unexpected');
  if (!(error instanceof Error)) return bare;
  bare.name = error.name;
  const frames = (error.stack ?? '').split('\n').filter((line) => /^ {4}at /.test(line));
  bare.stack = [error.name, ...frames].join('\n');
  return bare;
}

/** What changed about the client secret since the request was submitted; null where it may be used still. */
function refusalOf(record: RequestRecord, { secret, destination }: UsableSecret): string | null {
  if (!secret.enabled) return 'The client secret is disabled';
  try {
    checkSubmittedUrl(destination, record.url, record.method);
    checkPlacements(destination, usesOf(record));
    return null;
  } catch (error) {
    return error instanceof KeyholeError ? error.message : 'The client secret may not be used for this any more';
  }
}

function notUsable(message: string): SendResult {
  return failed({ code: 'SECRET_NOT_USABLE', message });
}

function errorOf(statusCode: number): RequestError | null {
  if (statusCode >= 400) return { code: 'UPSTREAM_STATUS', message: `The third party answered ${statusCode}` };
  if (statusCode >= 300) {
    return { code: 'UPSTREAM_REDIRECT', message: `The third party answered ${statusCode}: redirects are not followed` };
  }
  return null;
}

/** Out of time because the request expired, not because the third party took longer than it was given. */
function expiring(outcome: ExchangeOutcome, record: RequestRecord): ExchangeOutcome {
  const isTimeout = outcome.kind === 'failure' && outcome.code === 'UPSTREAM_TIMEOUT';
  if (!isTimeout || record.expiresAt.getTime() > Date.now()) return outcome;
  return { kind: 'failure', code: 'EXPIRED', message: 'It expired while it was being sent' };
}
