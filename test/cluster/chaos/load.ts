import { setTimeout as sleep } from 'node:timers/promises';
import type { Headers } from '../../support/graphql.ts';
import type { Instance } from '../../support/instances.ts';
import { MARKER } from './arrivals.ts';
import type { Backlog } from './backlog.ts';
import type { Lane, SubmittedRequest } from './judge.ts';
import type { Random } from './random.ts';

interface LaneOfLoad extends Lane {
  method: 'POST' | 'GET' | 'PUT';
}

const unsafe = (name: string, queued: boolean): LaneOfLoad => ({ name, queued, safe: false, method: 'POST' });

/** Most may not be sent twice; two queues and one lane without a queue may. */
export const LANES: readonly LaneOfLoad[] = [
  ...['a', 'b', 'c', 'd', 'e', 'f'].map((name) => unsafe(`queue-${name}`, true)),
  ...['a', 'b', 'c'].map((name) => unsafe(`alone-${name}`, false)),
  { name: 'queue-get', queued: true, safe: true, method: 'GET' },
  { name: 'queue-put', queued: true, safe: true, method: 'PUT' },
  { name: 'alone-get', queued: false, safe: true, method: 'GET' },
];

const SUBMIT = `mutation ($input: ClientSecretRequestInput!) {
  clientSecretRequest(input: $input) { request { id } }
}`;
const LONGEST_PAUSE_MS = 60;
const PATIENCE_MS = 5_000;
const LONGEST_BACKLOG = 50;

export interface Load {
  submitted: SubmittedRequest[];
  /** Submits nothing more; resolves when the last answer is there. */
  stop(): Promise<void>;
}

export interface LoadOptions {
  url: string;
  headers: Headers;
  random: Random;
  /** Those that may be asked now. */
  instances(): readonly Instance[];
  backlog: Backlog;
}

/**
 * In each lane one request after another, each to any instance: submitted when the one before is acknowledged or has
 * failed, and while few of its lane wait. A load that does not hold back would measure the backlog of its slowest queue.
 */
export function startLoad(options: LoadOptions): Load {
  const { random } = options;
  const submitted: SubmittedRequest[] = [];
  let stopped = false;

  async function run(lane: LaneOfLoad): Promise<void> {
    let number = 0;
    while (!stopped) {
      await sleep(random.below(LONGEST_PAUSE_MS));
      const instances = options.instances();
      if (instances.length === 0 || options.backlog.of(lane.name) >= LONGEST_BACKLOG) continue;
      const request = { lane: lane.name, number: number++, acknowledged: false };
      submitted.push(request);
      request.acknowledged = await submit(random.oneOf(instances).url, options, lane, request.number);
    }
  }

  const running = LANES.map(run);
  return {
    submitted,
    async stop() {
      stopped = true;
      await Promise.all(running);
    },
  };
}

/** False where it is not known whether it was stored. */
async function submit(instanceUrl: string, { url, headers }: LoadOptions, lane: LaneOfLoad, number: number) {
  const marker = `${lane.name} ${number}`;
  const input = {
    clientSecretName: 'chaos',
    url,
    method: lane.method,
    queue: lane.queued ? lane.name : null,
    headers: { authorization: 'Bearer $CLIENT_SECRET', [MARKER]: marker, 'idempotency-key': marker },
  };
  try {
    const response = await fetch(instanceUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query: SUBMIT, variables: { input } }),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    // The API's answer, whose form the query decides.
    const { data, errors } = (await response.json()) as { data?: object | null; errors?: object[] };
    return errors === undefined && data != null;
  } catch {
    return false;
  }
}
