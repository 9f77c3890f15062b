import { beforeAll, describe, expect, it } from 'vitest';
import { REQUEST_UPDATED } from '../../support/listening.ts';
import { type Asker, startAsker } from '../../support/requests.ts';
import { shareServer } from '../../support/shared.ts';

const shared = shareServer();
let asker: Asker;
beforeAll(async () => {
  asker = await startAsker(shared);
});

function post(body: object, headers: object = {}): Promise<Response> {
  return fetch(shared.server.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...asker.headers, ...headers },
    body: JSON.stringify(body),
  });
}

/** Events and what they carry. */
function parse(text: string): { event: string; data: unknown }[] {
  return text
    .split('\n\n')
    .filter((block) => block.startsWith('event:'))
    .map((block) => {
      const [, event = '', data = ''] = /^event: (\w+)\ndata: ?(.*)$/.exec(block) ?? [];
      return { event, data: data === '' ? null : JSON.parse(data) };
    });
}

describe('a stream of server-sent events', () => {
  it('has a next event for each result and ends with complete, by POST and by GET', async () => {
    shared.thirdParty.answerWith(() => ({ body: { end: 1 } }));
    const { id } = await asker.settle();
    const query = new URLSearchParams({ query: REQUEST_UPDATED, variables: JSON.stringify({ id }) });
    const byGet = fetch(`${shared.server.url}?${query}`, {
      headers: { accept: 'text/event-stream', ...asker.headers },
    });
    for (const response of [await post({ query: REQUEST_UPDATED, variables: { id } }), await byGet]) {
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
      expect(response.headers.get('cache-control')).toMatch(/no-cache/);
      expect(parse(await response.text())).toEqual([
        { event: 'next', data: { data: { clientSecretRequestUpdated: await asker.find(id) } } },
        { event: 'complete', data: null },
      ]);
    }
  });

  it('is refused as any request is: 401 without credentials, 406 where a stream is not accepted', async () => {
    const body = { query: REQUEST_UPDATED, variables: { id: 'x' } };
    const denied = await post(body, { 'x-client-id': 'kh_nobody' });
    expect([denied.status, (await denied.json()).errors[0].extensions.code]).toEqual([401, 'UNAUTHENTICATED']);
    expect((await post(body, { accept: 'application/json' })).status).toBe(406);
  });

  it('tells an error of the subscription in its one event', async () => {
    const response = await post({ query: REQUEST_UPDATED, variables: { id: 'nothing' } });
    expect(parse(await response.text())).toMatchObject([
      { event: 'next', data: { errors: [{ extensions: { code: 'NOT_FOUND' } }] } },
      { event: 'complete' },
    ]);
  });

  it('ends when the token of its caller expires, without complete', async () => {
    const held = shared.thirdParty.hold();
    const user = await asker.app.asUser('ann', { expiresIn: 1000 });
    const { id } = await asker.as(user).submit();
    const response = await fetch(shared.server.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...user },
      body: JSON.stringify({ query: REQUEST_UPDATED, variables: { id } }),
    });
    const events = parse(await response.text());
    expect(events.map(({ event }) => event)).toEqual(['next']);
    held.letAllGo();
  });
});
