import { createCrowd } from './crowd.ts';
import { KeyholeError } from './errors.ts';
import { type Connection, follow } from './follow.ts';
import { type RequestItem, type RequestState, STATE_FIELDS, toItem } from './request-item.ts';
import { requireText } from './request-params.ts';

const UPDATED = `subscription ($id: ID!) { request: clientSecretRequestUpdated(id: $id) { ${STATE_FIELDS} } }`;
export const FIND = `query ($id: ID!) { request: clientSecretRequest(id: $id) { ${STATE_FIELDS} } }`;

export interface Listening {
  /** Tells each state of a request, and resolves when it is settled or `signal` is aborted. `interval`: milliseconds between questions where streams are blocked. */
  hear(id: string, interval: number, onUpdate: (item: RequestItem) => void, signal?: AbortSignal): Promise<void>;
  /** The item as it is once it is settled. */
  settled(id: string, interval: number): Promise<RequestItem>;
}

/** A few requests are heard by a subscription each; further ones share a stream, so that listening never takes all of a browser's connections. */
export function createListening(connection: Connection): Listening {
  const crowd = createCrowd(connection);
  let streams = 0;

  async function hear(
    id: string,
    interval: number,
    onUpdate: (item: RequestItem) => void,
    signal?: AbortSignal,
  ): Promise<void> {
    requireText('id', id);
    const over = new AbortController();
    const stop = () => over.abort();
    if (signal?.aborted) return;
    signal?.addEventListener('abort', stop);
    let last = '';
    const receive = (state: RequestState) => {
      // A stream that was connected again tells a state that may be known.
      if (over.signal.aborted || state.updatedAt + state.status === last) return;
      last = state.updatedAt + state.status;
      if (state.status !== 'PENDING') stop();
      onUpdate(toItem(state));
    };
    try {
      if (streams >= connection.transport.streams) await crowd.join(id, interval, receive, over.signal);
      else await alone(id, interval, receive, over.signal);
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  }

  async function alone(id: string, interval: number, receive: (state: RequestState) => void, signal: AbortSignal) {
    streams++;
    const variables = { id };
    const feed = {
      operation: { query: UPDATED, variables },
      speaksFirst: true,
      interval: () => interval,
      receive,
      async ask() {
        const { request } = await connection.endpoint.ask<{ request: RequestState | null }>({ query: FIND, variables });
        if (!request) throw notFound();
        receive(request);
      },
    };
    try {
      await follow(connection, feed, signal);
    } finally {
      streams--;
    }
  }

  async function settled(id: string, interval: number): Promise<RequestItem> {
    let latest: RequestItem | undefined;
    await hear(id, interval, (item) => {
      latest = item;
    });
    if (!latest) throw notFound();
    return latest;
  }

  return { hear, settled };
}

function notFound(): KeyholeError {
  return new KeyholeError('NOT_FOUND', 'There is no such request');
}
