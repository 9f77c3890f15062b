import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client';

/** What is counted as it happens. Every label has a few values that are known beforehand: no URL, no name, no ID. */
export interface Metrics {
  registry: Registry;
  submitted(): void;
  /** `outcome`: RESOLVED, or the code of the request's error. `upstreamMs`: null where the third party was not asked. */
  settled(outcome: string, upstreamMs: number | null): void;
  secretEchoed(times: number): void;
  batch(kind: 'admit' | 'settle', size: number, seconds: number): void;
  tookOver(requests: number, queues: number): void;
  /** By retention. */
  removed(what: string, rows: number): void;
  trouble(): void;
}

const UPSTREAM_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];
const BATCH_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const BATCH_ROWS = [1, 2, 5, 10, 20, 50, 100, 200, 500];

export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  // Of the process: CPU, memory, garbage collection, event loop delay.
  collectDefaultMetrics({ register: registry });

  function counter(name: string, help: string): Counter {
    return new Counter({ name, help, registers });
  }

  const submitted = counter('keyhole_requests_submitted_total', 'Requests admitted by this instance');
  const settled = new Counter({
    name: 'keyhole_requests_settled_total',
    help: 'Requests settled by this instance; outcome is RESOLVED or the code of the error',
    labelNames: ['outcome'],
    registers,
  });
  const upstream = new Histogram({
    name: 'keyhole_upstream_seconds',
    help: 'How long third parties took, first byte to last',
    buckets: UPSTREAM_SECONDS,
    registers,
  });
  const echoed = counter('keyhole_secrets_echoed_total', 'Client secrets taken out of what third parties sent back');
  const batchRows = new Histogram({
    name: 'keyhole_batch_rows',
    help: 'Rows written by one statement',
    labelNames: ['kind'],
    buckets: BATCH_ROWS,
    registers,
  });
  const batchSeconds = new Histogram({
    name: 'keyhole_batch_seconds',
    help: 'How long such a statement took',
    labelNames: ['kind'],
    buckets: BATCH_SECONDS,
    registers,
  });
  const requestsTaken = counter('keyhole_takeover_requests_total', 'Requests taken over from instances that stopped');
  const queuesTaken = counter('keyhole_takeover_queues_total', 'Queues taken over from instances that stopped');
  const removed = new Counter({
    name: 'keyhole_retention_removed_total',
    help: 'Rows removed because they were kept long enough',
    labelNames: ['what'],
    registers,
  });
  const troubles = counter('keyhole_troubles_total', 'Unexpected errors; the log has each');

  return {
    registry,
    submitted: () => submitted.inc(),
    settled(outcome, upstreamMs) {
      settled.inc({ outcome });
      if (upstreamMs !== null) upstream.observe(upstreamMs / 1000);
    },
    secretEchoed: (times) => echoed.inc(times),
    batch(kind, size, seconds) {
      batchRows.observe({ kind }, size);
      batchSeconds.observe({ kind }, seconds);
    },
    tookOver(requests, queues) {
      requestsTaken.inc(requests);
      queuesTaken.inc(queues);
    },
    removed: (what, rows) => removed.inc({ what }, rows),
    trouble: () => troubles.inc(),
  };
}
