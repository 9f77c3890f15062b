import { describe, expect, test } from 'vitest';
import type { Headers } from '../support/graphql.ts';
import { shareServer } from '../support/shared.ts';

const shared = shareServer();

const JSON_TYPE = { 'content-type': 'application/json' };
const KIND = '{ viewer { kind } }';

async function asBackend(): Promise<Headers> {
  return (await shared.server.createApplication()).asApplication;
}

describe('text that is not UTF-8', () => {
  const CREATE = `mutation { createClientSecret(input: { name: "caf\xe9", clientSecret: "0123456789",
    allowedUrls: ["https://api.test"] }) { clientSecret { name } } }`;

  test.each(['application/json', 'application/graphql-response+json'])(
    'in a body is refused, and nothing stored, for those who accept %s',
    async (accept) => {
      const backend = await asBackend();
      const send = async (encoding: BufferEncoding) => {
        const body = Buffer.from(JSON.stringify({ query: CREATE }), encoding);
        const response = await fetch(shared.server.url, {
          method: 'POST',
          headers: { ...JSON_TYPE, accept, ...backend },
          body,
        });
        return { status: response.status, body: await response.json() };
      };
      expect(await send('latin1')).toEqual({
        status: 400,
        body: { errors: [{ message: 'The body is not UTF-8.', extensions: { code: 'BAD_USER_INPUT' } }] },
      });
      const { data } = await shared.server.post(backend, '{ clientSecrets { totalCount } }');
      expect(data).toEqual({ clientSecrets: { totalCount: 0 } });
      expect(await send('utf8')).toMatchObject({
        body: { data: { createClientSecret: { clientSecret: { name: 'café' } } } },
      });
    },
  );

  test('in a query string is refused, other than a percent sign that encodes nothing', async () => {
    const headers = await asBackend();
    const get = async (comment: string) =>
      (await fetch(`${shared.server.url}?query=${encodeURIComponent(KIND)}%23${comment}`, { headers })).status;
    expect(await get('caf%C3%A9')).toBe(200);
    expect(await get('100%')).toBe(200);
    expect(await get('caf%E9')).toBe(400);
    expect(await get('%ED%A0%80')).toBe(400);
  });
});
