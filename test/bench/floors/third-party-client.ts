import { createHttpClient } from '../http-client.ts';
import { inputOf, tookIn } from '../submission.ts';
import { setting } from './process.ts';

const { data } = inputOf('');

/** The same request as the server sends: undici alone. Resolves with the answer's text. */
export function createThirdPartyClient(): { call(body?: unknown): Promise<string>; took: typeof tookIn } {
  const headers = { authorization: 'Bearer 0123456789abcdef0123456789abcdef0123456789abcdef' };
  const client = createHttpClient(setting('THIRD_PARTY'), headers, 256);
  return { call: (body = data) => client.post(JSON.stringify(body)), took: tookIn };
}
