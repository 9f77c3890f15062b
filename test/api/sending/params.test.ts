import { beforeAll, describe, expect, it } from 'vitest';
import { type Asker, startAsker } from '../../support/requests.ts';
import { shareServer } from '../../support/shared.ts';
import type { ReceivedRequest } from '../../support/third-party.ts';

const shared = shareServer();
const ODD = 'a"b\\c&d=e+f%g ü€';
let asker: Asker;
beforeAll(async () => {
  asker = await startAsker(shared, { clientSecret: ODD });
});

async function send(input: object): Promise<ReceivedRequest> {
  const before = shared.thirdParty.requests.length;
  expect((await asker.settle({ headers: { a: '$BASE64($CLIENT_SECRET)' }, ...input })).error).toBeNull();
  const received = shared.thirdParty.requests[before];
  if (received === undefined) throw new Error('Nothing arrived');
  return received;
}

describe('params', () => {
  it('follow the own query of the URL: arrays repeat, objects use brackets, null is left out, a space is %20', async () => {
    const received = await send({
      method: 'GET',
      url: `${shared.thirdParty.origin}/search?a=1`,
      headers: null,
      params: {
        q: 'x y&z',
        tag: ['a', 'b c'],
        range: { from: 1, to: { x: null, y: true } },
        none: null,
        key: '$CLIENT_SECRET',
        'ä b': '',
      },
    });
    expect(received.url).toBe(
      `/search?a=1&q=x%20y%26z&tag=a&tag=b%20c&range[from]=1&range[to][y]=true&key=${encodeURIComponent(ODD)}&%C3%A4%20b=`,
    );
    expect(received.body).toHaveLength(0);
  });

  it('go with DELETE, and begin a query where the URL has none', async () => {
    expect(await send({ method: 'DELETE', params: { id: 5 } })).toMatchObject({ method: 'DELETE', url: '/v1?id=5' });
    expect(await send({ method: 'GET', params: {} })).toMatchObject({ url: '/v1' });
  });

  it('go with GET and DELETE alone, and data with POST, PUT and PATCH', async () => {
    for (const method of ['GET', 'DELETE'])
      expect(await asker.refusal({ method, data: {} })).toBe('INVALID_PARAMETER input.data');
    for (const method of ['POST', 'PUT', 'PATCH']) {
      expect(await asker.refusal({ method, params: {} })).toBe('INVALID_PARAMETER input.params');
    }
  });
});
