// pure
import type { RequestRecord } from '../requests/request.ts';

/** What metrics, logs and traces hear of the engine. Nothing here may hold a secret or a URL after substitution. */
export interface ExecutionObserver {
  submitted(record: RequestRecord): void;
  /** `upstreamMs`: how long the third party took; null where it was not asked. */
  settled(record: RequestRecord, upstreamMs: number | null): void;
  /** The third party sent the value of the secret back, `times` times; it was taken out. */
  secretEchoed(record: RequestRecord, times: number): void;
  /** One statement for `size` rows. */
  batch(kind: 'admit' | 'settle', size: number, seconds: number): void;
  tookOver(requests: number, queues: number): void;
  /** Something unexpected that was dealt with: for the log alone. */
  trouble(what: string, error: unknown): void;
}
