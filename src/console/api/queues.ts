import type { Endpoint } from './endpoint.ts';
import { fetchAll } from './pages.ts';
import type { Queue } from './types.ts';

const FIELDS = 'id url method queue waitingCount oldestWaitingAt sending { id startedAt clientSecretName }';

export const QUEUE_CHANGED = `subscription { queue: queueUpdated { ${FIELDS} } }`;

/** All queues in which requests of the caller's wait or are being sent. */
export function fetchQueues(endpoint: Endpoint): Promise<Queue[]> {
  return fetchAll(endpoint, 'queues', FIELDS);
}
