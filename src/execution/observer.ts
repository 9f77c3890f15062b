// pure
import type { RequestRecord } from '../requests/request.ts';

/** The parts of a request's way that a trace shows. */
export type Step = 'admit' | 'upstream' | 'settle';

/** Called once, when the step is over: with the third party's status, or with the code of what went wrong. */
export type EndStep = (outcome?: number | string) => void;

/** What metrics, logs and traces hear of the engine. Nothing here may hold a secret or a URL after substitution. */
export interface ExecutionObserver {
  submitted(record: RequestRecord): void;
  /** `upstreamMs`: how long the third party took; null where it was not asked. */
  settled(record: RequestRecord, upstreamMs: number | null): void;
  /** The third party sent the value of the secret back, `times` times; it was taken out. */
  secretEchoed(record: RequestRecord, times: number): void;
  begin(step: Step, record: RequestRecord): EndStep;
  /** One statement for `size` rows. */
  batch(kind: 'admit' | 'settle', size: number, seconds: number): void;
  tookOver(requests: number, queues: number): void;
  /** Something unexpected that was dealt with: for the log alone. */
  trouble(what: string, error: unknown): void;
}
