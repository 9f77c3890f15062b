import { retried } from './backoff.ts';
import type { Endpoint } from './endpoint.ts';
import { KeyholeError } from './errors.ts';
import { type Connection, follow } from './follow.ts';
import { type RequestState, STATE_FIELDS } from './request-item.ts';

const ALL_UPDATED = `subscription { request: clientSecretRequestHistoryUpdated { ${STATE_FIELDS} } }`;
const BY_IDS = `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on ClientSecretRequest { ${STATE_FIELDS} } } }`;
/** Requests asked for at a time. */
const CHUNK = 25;

interface Member {
  id: string;
  interval: number;
  receive(state: RequestState): void;
  fail(error: unknown): void;
}

/** Hears many requests over one stream: that of all the caller's requests, of which it passes on what a member waits for. */
export function createCrowd(connection: Connection) {
  const members = new Set<Member>();
  let stream: AbortController | undefined;
  let isOpen = false;

  function receive(state: RequestState): void {
    for (const member of [...members]) if (member.id === state.id) member.receive(state);
  }

  /** The stream tells changes alone: how things stand must be asked once it is open. */
  async function ask(asking: Member[]): Promise<void> {
    const states = await findStates(connection.endpoint, [...new Set(asking.map(({ id }) => id))]);
    for (const state of states) receive(state);
    const found = new Set(states.map(({ id }) => id));
    for (const member of asking) {
      if (!found.has(member.id)) member.fail(new KeyholeError('NOT_FOUND', 'There is no such request'));
    }
  }

  async function askPatiently(asking: Member[]): Promise<void> {
    await retried(() => ask(asking)).catch((error) => {
      for (const member of asking) member.fail(error);
    });
  }

  function start(): void {
    const own = new AbortController();
    stream = own;
    isOpen = false;
    const feed = {
      operation: { query: ALL_UPDATED, variables: {} },
      speaksFirst: false,
      interval: () => Math.min(...[...members].map(({ interval }) => interval)),
      opened() {
        isOpen = true;
        void askPatiently([...members]);
      },
      receive,
      ask: () => ask([...members]),
    };
    follow(connection, feed, own.signal).catch((error) => {
      for (const member of [...members]) member.fail(error);
    });
  }

  /** Resolves when `signal` is aborted. */
  function join(
    id: string,
    interval: number,
    receive: (state: RequestState) => void,
    signal: AbortSignal,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        members.delete(member);
        signal.removeEventListener('abort', leave);
        resolve();
        if (members.size > 0) return;
        stream?.abort();
        stream = undefined;
      };
      const fail = (error: unknown) => {
        reject(error);
        leave();
      };
      const member = { id, interval, receive, fail };
      members.add(member);
      signal.addEventListener('abort', leave);
      if (!stream) start();
      else if (isOpen) void askPatiently([member]);
    });
  }

  return { join };
}

/** Those of the requests that there are, and are the caller's. */
export async function findStates(endpoint: Endpoint, ids: string[]): Promise<RequestState[]> {
  const states: (RequestState | null)[] = [];
  for (let start = 0; start < ids.length; start += CHUNK) {
    const variables = { ids: ids.slice(start, start + CHUNK) };
    const { nodes } = await endpoint.ask<{ nodes: (RequestState | null)[] }>({ query: BY_IDS, variables });
    states.push(...nodes);
  }
  return states.filter((state) => state !== null);
}
