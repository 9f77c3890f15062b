import { fromGraphQL, type GraphQLError, KeyholeError, networkError } from './errors.ts';

/** Milliseconds that a query or mutation may take: none of the library's waits for a third party. */
const ANSWER_WITHIN = 60_000;
/** Milliseconds after which a server that does not say why counts as gone. */
const REASON_WITHIN = 5_000;

export interface Operation {
  query: string;
  variables: Record<string, unknown>;
}

/** The server, as every part of the library reaches it. */
export interface Endpoint {
  readonly url: string;
  /** Who is calling: the headers over HTTP, the `connection_init` payload over WebSocket. Rejects with `UNAVAILABLE` where `getToken` fails. */
  credentials(): Promise<Record<string, string>>;
  /**
   * One HTTP exchange. Where none happened it rejects with `NETWORK_ERROR`, or with why the page may not read the answer: `FORBIDDEN`,
   * `UNAVAILABLE`; and as `credentials`.
   */
  post(operation: Operation, accept: string, signal?: AbortSignal): Promise<Response>;
  /** One query or mutation, asked once. */
  ask<T>(operation: Operation): Promise<T>;
}

export interface EndpointOptions {
  url: string;
  clientId: string;
  visitorId: string;
  getToken: (() => Token | Promise<Token>) | undefined;
  fetch: typeof fetch;
}

type Token = string | null | undefined;

interface ExecutionResult<T> {
  data?: T | null;
  errors?: GraphQLError[];
}

export function createEndpoint(options: EndpointOptions): Endpoint {
  const { url, fetch } = options;

  async function credentials(): Promise<Record<string, string>> {
    const token = await givenToken();
    const who = token ? { Authorization: `Bearer ${token}` } : { 'X-Visitor-Id': options.visitorId };
    return { 'X-Client-Id': options.clientId, ...who };
  }

  /** Most `getToken`s ask a server themselves: one that fails is like a server that does not answer, and asked again like it. */
  async function givenToken(): Promise<Token> {
    try {
      return await options.getToken?.();
    } catch (cause) {
      throw new KeyholeError('UNAVAILABLE', 'getToken gave no token', { cause });
    }
  }

  async function post(operation: Operation, accept: string, signal?: AbortSignal): Promise<Response> {
    const headers = { ...(await credentials()), 'Content-Type': 'application/json', Accept: accept };
    const body = JSON.stringify(operation);
    try {
      return await fetch(url, {
        method: 'POST',
        headers,
        body,
        credentials: 'omit',
        cache: 'no-store',
        signal: signal ?? null,
      });
    } catch (cause) {
      if (!signal?.aborted) await throwReason(url, fetch);
      throw networkError(`No answer from ${url}`, cause);
    }
  }

  async function ask<T>(operation: Operation): Promise<T> {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), ANSWER_WITHIN);
    try {
      const response = await post(operation, 'application/graphql-response+json, application/json', late.signal);
      const { data, errors } = await readResult<T>(response);
      if (errors?.length) throw fromGraphQL(errors[0]);
      if (!data) throw new KeyholeError('INTERNAL', 'The server answered without data');
      return data;
    } finally {
      clearTimeout(timer);
    }
  }

  return { url, credentials, post, ask };
}

/** The GraphQL result in a response; anything else in it becomes an error that tells by the status what went wrong. */
export async function readResult<T>(response: Response): Promise<ExecutionResult<T>> {
  const { ok, status } = response;
  throwIfAway(status);
  let result: ExecutionResult<T> | undefined;
  try {
    result = JSON.parse(await response.text());
  } catch (cause) {
    // Not from the server itself but from something before it, or cut off on the way.
    if (ok) throw networkError('No GraphQL result in the answer', cause);
  }
  if (result?.data || result?.errors?.length) return result;
  throw new KeyholeError(codeOfStatus(status), `The server answered with HTTP ${status}`);
}

/** The server is stopping or without its database, or a proxy finds none. */
function throwIfAway(status: number): void {
  if (status >= 502 && status <= 504)
    throw new KeyholeError('UNAVAILABLE', `The server is not available (HTTP ${status})`);
}

function codeOfStatus(status: number): string {
  const codes: Record<number, string> = {
    401: 'UNAUTHENTICATED',
    403: 'FORBIDDEN',
    404: 'NOT_FOUND',
    413: 'PAYLOAD_TOO_LARGE',
    429: 'RATE_LIMITED',
  };
  return codes[status] ?? 'INTERNAL';
}

/**
 * A browser tells a page of another origin nothing about why it may not read an answer: a server that refuses the origin, or cannot look it
 * up, looks like one that is gone. What it says to a request that names nobody any page may read, so that is asked. Resolves where there is no reason.
 */
async function throwReason(url: string, fetch: typeof globalThis.fetch): Promise<void> {
  const origin = globalThis.location?.origin;
  if (!origin || origin === new URL(url).origin) return;
  const signal = AbortSignal.timeout(REASON_WITHIN);
  // No header that needs a preflight.
  const headers = { Accept: 'application/json' };
  const answer = await fetch(url, { headers, credentials: 'omit', cache: 'no-store', signal }).catch(() => undefined);
  throwIfAway(answer?.status ?? 0);
  // A page whose origin an application lists may see the ID of its request too.
  if (answer?.status !== 401 || answer.headers.has('X-Request-Id')) return;
  const message = `The server does not let pages of ${origin} read its answers: is it among the application's allowedOrigins?`;
  throw new KeyholeError('FORBIDDEN', message);
}
