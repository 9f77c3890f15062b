import type { ExecutionObserver } from './execution/observer.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import type { RequestRecord } from './requests/request.ts';
import { beginStep } from './tracing.ts';

/** What the log, the metrics and traces hear of the engine. `metrics` is null where nobody asks for any. */
export function createObserver(log: Log, metrics: Metrics | null): ExecutionObserver {
  return {
    submitted(record) {
      metrics?.submitted();
      // Building the fields costs more than the line that is not written.
      if (log.isLevelEnabled('debug')) log.debug(identify(record), 'request submitted');
    },
    settled(record, upstreamMs) {
      const { status, error, response } = record;
      const outcome = error?.code ?? status;
      metrics?.settled(outcome, upstreamMs);
      if (!log.isLevelEnabled('info')) return;
      const fields = { outcome, status: response?.statusCode ?? null, ms: rounded(upstreamMs) };
      log.info(Object.assign(identify(record), fields), 'request settled');
    },
    secretEchoed(record, times) {
      metrics?.secretEchoed(times);
      const { clientSecretName } = record;
      log.warn({ ...identify(record), clientSecretName, times }, 'the third party sent the client secret back');
    },
    begin: beginStep,
    batch(kind, size, seconds) {
      metrics?.batch(kind, size, seconds);
    },
    tookOver(requests, queues) {
      metrics?.tookOver(requests, queues);
      log.warn({ requests, queues }, 'took over from an instance that stopped');
    },
    trouble(what, error) {
      metrics?.trouble();
      log.error({ err: error }, what);
    },
  };
}

/** The host as submitted; nothing else of the URL, which may hold what is nobody's business. */
function identify({ id, applicationId, method, url, trail }: RequestRecord) {
  const host = URL.canParse(url) ? new URL(url).host : null;
  return { requestId: trail?.requestId, request: id, application: applicationId, method, host };
}

function rounded(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms * 10) / 10;
}
