import type { Bench } from './bench.ts';
import { createHttpClient } from './http-client.ts';
import { drive, type Operation } from './load.ts';
import type { Contender } from './rounds.ts';
import type { Keyhole } from './server.ts';
import { openSocket } from './socket-client.ts';
import { inputOf, type SubmissionInput, submitBody, tookIn } from './submission.ts';

const WAIT_MS = 60_000;

type MakeInput = () => SubmissionInput;

/** The same input each time: with `wait`. */
export function waiting(url: string, more: { queue?: string } = {}): MakeInput {
  const input = inputOf(url, { ...more, wait: WAIT_MS });
  return () => input;
}

export function contender(name: string, operation: Operation): Contender {
  return { name, run: (load) => drive(operation, load) };
}

/** The mutation by POST to a server that answers once it is settled. */
export function postAndWait(
  bench: Bench,
  origin: string,
  headers: Record<string, string>,
  input: SubmissionInput,
  connections?: number,
): Operation {
  const client = createHttpClient(`${origin}/graphql`, headers, connections);
  bench.defer(client.close);
  const body = submitBody(input);
  return async () => {
    const answer = await client.post(body);
    requireResolved(answer);
    return tookIn(answer);
  };
}

/** A visitor of its own: a subscription to the history hears everything that its visitor submits, and costs as much. */
const LISTENER = 1;

/** Submits by POST; the request's ID, once it is acknowledged. */
export function submitter(bench: Bench, keyhole: Keyhole, visitor = 0): (input: SubmissionInput) => Promise<string> {
  const client = createHttpClient(`${keyhole.origin}/graphql`, keyhole.page(visitor));
  bench.defer(client.close);
  let last: SubmissionInput | undefined;
  let body = '';
  return async (input) => {
    if (input !== last) body = submitBody(input);
    last = input;
    return idIn(await client.post(body));
  };
}

/** The mutation by POST, its end heard by one subscription to the history over a WebSocket. */
export async function postAndHear(bench: Bench, keyhole: Keyhole, makeInput: MakeInput): Promise<Operation> {
  const submit = submitter(bench, keyhole, LISTENER);
  const ends = await hearEnds(bench, keyhole);
  return async () => tookIn(await ends.of(await submit(makeInput())));
}

const LISTEN_TO_ONE = 'subscription ($id: ID!) { clientSecretRequestUpdated(id: $id) { status } }';

/** The server's own, unless it is told. */
const SUBSCRIPTIONS_PER_SOCKET = 100;

/** Listens to each request by a subscription to it alone, and resolves once it does; for so many at a time. */
export async function hearSingly(
  bench: Bench,
  keyhole: Keyhole,
  most: number,
): Promise<(id: string) => Promise<{ ended: Promise<void> }>> {
  const needed = Math.ceil(most / SUBSCRIPTIONS_PER_SOCKET);
  const sockets = await Promise.all(Array.from({ length: needed }, () => openSocket(keyhole.origin, keyhole.page())));
  bench.defer(async () => {
    for (const socket of sockets) socket.close();
  });
  let next = 0;
  return (id) =>
    new Promise((listening) => {
      const ended = new Promise<void>((end) => {
        sockets[next++ % needed]?.subscribe(JSON.stringify({ query: LISTEN_TO_ONE, variables: { id } }), (text) => {
          listening({ ended });
          if (!text.includes('"PENDING"')) end();
        });
      });
    });
}

/** The mutation over one WebSocket, answered once it is settled. */
export async function socketAndWait(bench: Bench, keyhole: Keyhole, input: SubmissionInput): Promise<Operation> {
  const socket = await openSocket(keyhole.origin, keyhole.page());
  bench.defer(async () => socket.close());
  const payload = submitBody(input);
  return async () => {
    const answer = await socket.run(payload);
    requireResolved(answer);
    return tookIn(answer);
  };
}

const LISTEN = JSON.stringify({
  query: `subscription {
    clientSecretRequestHistoryUpdated(filter: { status: RESOLVED }) { id status statusCode responseBody }
  }`,
});

/** Ends as a subscription tells them; whichever comes first, the end or who asks for it. */
async function hearEnds(bench: Bench, keyhole: Keyhole): Promise<{ of(id: string): Promise<string> }> {
  const socket = await openSocket(keyhole.origin, keyhole.page(LISTENER));
  bench.defer(async () => socket.close());
  const ended = new Map<string, string>();
  const asking = new Map<string, (text: string) => void>();
  socket.subscribe(LISTEN, (text) => {
    const id = idIn(text, text.indexOf('"payload"'));
    const tell = asking.get(id);
    if (tell === undefined) ended.set(id, text);
    else tell(text);
    asking.delete(id);
  });
  await socket.subscribed();
  return {
    of(id) {
      const text = ended.get(id);
      if (text !== undefined) {
        ended.delete(id);
        return Promise.resolve(text);
      }
      return new Promise((resolve) => asking.set(id, resolve));
    },
  };
}

function idIn(text: string, from = 0): string {
  const start = text.indexOf('"id":"', from);
  if (start === -1) throw new Error(`No request in ${text}`);
  return text.slice(start + 6, text.indexOf('"', start + 6));
}

function requireResolved(answer: string): void {
  if (!answer.includes('"RESOLVED"')) throw new Error(`Not resolved: ${answer}`);
}
