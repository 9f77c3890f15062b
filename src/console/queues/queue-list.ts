import { type Signal, signal } from '@preact/signals';
import type { Endpoint } from '../api/endpoint.ts';
import { follow, type Liveness } from '../api/follow.ts';
import { fetchQueues, QUEUE_CHANGED } from '../api/queues.ts';
import type { Queue } from '../api/types.ts';

/** The queues in which something waits or is being sent, live. */
export interface QueueList {
  /** Null until they are read. */
  queues: Signal<Queue[] | null>;
  error: Signal<unknown>;
  liveness: Signal<Liveness>;
  /** The result ends it. */
  start(): () => void;
}

export function createQueueList(endpoint: Endpoint): QueueList {
  const queues = signal<Queue[] | null>(null);
  const error = signal<unknown>(null);
  const liveness = signal<Liveness>('connecting');
  /** What was heard since the last reading began: newer than what comes of it. */
  const heard = new Map<string, Queue>();

  function put(queue: Queue): void {
    const others = (queues.peek() ?? []).filter(({ id }) => id !== queue.id);
    queues.value = isIdle(queue) ? others : [...others, queue].sort(byName);
  }

  async function read(): Promise<void> {
    heard.clear();
    try {
      const found = await fetchQueues(endpoint);
      queues.value = found.filter((queue) => !isIdle(queue)).sort(byName);
      for (const queue of heard.values()) put(queue);
      error.value = null;
    } catch (thrown) {
      error.value = thrown;
    }
  }

  function receive({ queue }: { queue: Queue }): void {
    heard.set(queue.id, queue);
    put(queue);
  }

  return {
    queues,
    error,
    liveness,
    start() {
      const controller = new AbortController();
      void follow(endpoint, { subscription: QUEUE_CHANGED, receive, read }, liveness, controller.signal);
      return () => controller.abort();
    },
  };
}

function isIdle({ waitingCount, sending }: Queue): boolean {
  return waitingCount === 0 && sending === null;
}

/** Not by what changes: rows that change places cannot be read. */
function byName(a: Queue, b: Queue): number {
  return a.queue.localeCompare(b.queue) || a.url.localeCompare(b.url) || a.method.localeCompare(b.method);
}
