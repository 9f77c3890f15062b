import { readResult } from '../../client/endpoint.ts';
import { fromGraphQL, KeyholeError, networkError } from '../../client/errors.ts';
import { type Credential, credentialHeaders } from './credential.ts';

/** Milliseconds: no operation of the console waits for a third party. */
const ANSWER_WITHIN = 30_000;

/** The API, for one caller. */
export interface Endpoint {
  post(query: string, variables: object, accept: string, signal: AbortSignal): Promise<Response>;
  /** One query or mutation; its data. Rejects with a `KeyholeError`. */
  ask<T>(query: string, variables?: object): Promise<T>;
  /** Tells that the server no longer takes the credential. */
  refuse(error: KeyholeError): void;
}

/** `onRefused` is told once the server answers UNAUTHENTICATED. */
export function createEndpoint(credential: Credential, onRefused: (error: KeyholeError) => void): Endpoint {
  async function post(query: string, variables: object, accept: string, signal: AbortSignal): Promise<Response> {
    const headers = { ...readableHeaders(credential), 'Content-Type': 'application/json', Accept: accept };
    const body = JSON.stringify({ query, variables });
    try {
      return await fetch('/graphql', { method: 'POST', headers, body, credentials: 'omit', cache: 'no-store', signal });
    } catch (cause) {
      throw networkError('The server does not answer.', cause);
    }
  }

  async function ask<T>(query: string, variables: object = {}): Promise<T> {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), ANSWER_WITHIN);
    try {
      const response = await post(query, variables, 'application/graphql-response+json, application/json', late.signal);
      const { data, errors } = await readResult<T>(response);
      if (errors?.length) throw fromGraphQL(errors[0]);
      if (!data) throw new KeyholeError('INTERNAL', 'The server answered without data.');
      return data;
    } catch (error) {
      if (error instanceof KeyholeError && error.code === 'UNAUTHENTICATED') onRefused(error);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  return { post, ask, refuse: onRefused };
}

/** What a header cannot carry is no credential of anybody's; `fetch` would call it a network failure. */
function readableHeaders(credential: Credential): Record<string, string> {
  const headers = credentialHeaders(credential);
  if (Object.values(headers).every((value) => /^[\x21-\x7e]( ?[\x21-\x7e])*$/.test(value))) return headers;
  throw new KeyholeError('UNAUTHENTICATED', 'That is no credential: it holds characters that none has.');
}
