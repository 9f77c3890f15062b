import type { ExecutionObserver } from './execution/observer.ts';
import type { Log } from './log.ts';
import type { RequestRecord } from './requests/request.ts';

/** What the log hears of the engine: one line for each request. */
export function createObserver(log: Log): ExecutionObserver {
  return {
    submitted() {},
    settled(record, upstreamMs) {
      const { status, error, response } = record;
      const outcome = error?.code ?? status;
      const fields = { ...identify(record), outcome, status: response?.statusCode ?? null, ms: rounded(upstreamMs) };
      log.info(fields, 'request settled');
    },
    secretEchoed(record, times) {
      const { clientSecretName } = record;
      log.warn({ ...identify(record), clientSecretName, times }, 'the third party sent the client secret back');
    },
    batch() {},
    tookOver(requests, queues) {
      log.warn({ requests, queues }, 'took over from an instance that stopped');
    },
    trouble(what, error) {
      log.error({ err: error }, what);
    },
  };
}

/** The host as submitted; nothing else of the URL, which may hold what is nobody's business. */
function identify({ id, applicationId, method, url }: RequestRecord) {
  return { request: id, application: applicationId, method, host: URL.canParse(url) ? new URL(url).host : null };
}

function rounded(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms * 10) / 10;
}
