import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { createClient, type KeyholeClient, type RequestItem } from '../../../src/client/index.ts';
import { type Call, scripted, state, submission } from './scripted-endpoint.ts';

afterEach(() => vi.unstubAllGlobals());

describe('createClient', () => {
  test.each([
    ['no client ID', { url: 'https://keyhole.test/graphql' }],
    ['an address that is none', { clientId: 'page', url: 'keyhole.test/graphql' }],
    ['an address of another scheme', { clientId: 'page', url: 'file:///graphql' }],
  ])('refuses %s', (_, options) => {
    expect(() => createClient(options as never)).toThrow(expect.objectContaining({ code: 'INVALID_PARAMETER' }));
  });

  test('of WebSockets says where there are none', () => {
    vi.stubGlobal('WebSocket', undefined);
    const options = { clientId: 'page', url: 'https://keyhole.test/graphql', transport: 'websocket' } as const;
    const refusal = { code: 'INVALID_PARAMETER', parameter: 'WebSocket' };
    expect(() => createClient(options)).toThrow(expect.objectContaining(refusal));
    // Never connected: only that there is one counts.
    const given = class {} as unknown as typeof WebSocket;
    expect(() => createClient({ ...options, WebSocket: given })).not.toThrow();
  });

  test('outside a page it needs the address of the server', () => {
    expect(() => createClient({ clientId: 'page' })).toThrow('url');
  });
});

describe('one request', () => {
  test('request and cancel give it as an item; one that is not there is null', async () => {
    const { keyhole, calls } = await scripted(({ field, variables: { id }, data }) => {
      if (field === 'cancelClientSecretRequest') {
        const error = { code: 'CANCELED', message: 'It was canceled' };
        return data({ canceled: { request: state({ id, status: 'FAILED', error }) } });
      }
      data({ request: id === 'none' ? null : state({ id }) });
    });
    expect(await keyhole.request('r1')).toMatchObject({ id: 'r1', status: 'pending', error: null });
    expect(await keyhole.request('none')).toBeNull();
    expect(await keyhole.cancel('r1')).toMatchObject({ id: 'r1', status: 'failed', error: { code: 'CANCELED' } });
    expect(new Set(calls.map(({ headers }) => headers['x-visitor-id'])).size, 'one visitor').toBe(1);
  });

  test.each(['request', 'cancel'] as const)(
    '%s of what is no ID is INVALID_PARAMETER, and nothing is sent',
    async (name) => {
      const { keyhole, calls } = await scripted(() => {});
      const refusal = { code: 'INVALID_PARAMETER', parameter: 'id' };
      for (const id of [undefined, '', 5]) await expect(keyhole[name](id as never)).rejects.toMatchObject(refusal);
      expect(calls).toEqual([]);
    },
  );
});

describe('a browser that lets the page read no answer', () => {
  /** A client in a page, where nothing that needs a preflight can be read, and what needs none is answered as given. */
  function unread(reason: () => Response) {
    vi.stubGlobal('location', new URL('https://page.test/'));
    const fetch = vi.fn(async (_url: unknown, { method, headers }: RequestInit = {}) => {
      if (method !== 'POST' && !new Headers(headers).has('X-Client-Id')) return reason();
      throw new TypeError('Failed to fetch');
    });
    return { fetch, keyhole: createClient({ clientId: 'page', url: 'https://keyhole.test/graphql', fetch }) };
  }

  /** What comes of a submission once all patience is over. */
  async function refusal(keyhole: KeyholeClient): Promise<unknown> {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const refused = keyhole.clientSecretRequest(submission).catch((error) => error);
    await vi.runAllTimersAsync();
    return refused;
  }

  test('a server that refuses the origin: FORBIDDEN, at once', async () => {
    const { keyhole, fetch } = unread(() => new Response(null, { status: 401 }));
    expect(await refusal(keyhole)).toMatchObject({
      code: 'FORBIDDEN',
      message: expect.stringContaining('https://page.test'),
    });
    expect(fetch).toHaveBeenCalledTimes(2);
  });

  test.each([
    ['without its database', () => new Response(null, { status: 503 }), 'UNAVAILABLE'],
    [
      'that lets the origin in, but was not reached before',
      () => new Response(null, { status: 401, headers: { 'X-Request-Id': 'r' } }),
      'NETWORK_ERROR',
    ],
    ['behind a proxy that tells no page anything', () => Promise.reject(new TypeError()), 'NETWORK_ERROR'],
  ])('a server %s is asked again, and refuses nobody', async (_, reason, code) => {
    const { keyhole, fetch } = unread(reason as () => Response);
    expect(await refusal(keyhole)).toMatchObject({ code });
    expect(fetch.mock.calls.length).toBeGreaterThan(4);
  });

  test('a watcher hears of requests once the database is back', async () => {
    vi.stubGlobal('location', new URL('https://page.test/'));
    let misses = 0;
    const script = (call: Call) => {
      if (call.query.startsWith('subscription')) call.stream().next(state());
      else call.data({ history: { nodes: [] } });
    };
    const { keyhole } = await scripted(script, {
      fetch: async (url, init) => {
        if (init?.method !== 'POST') return new Response(null, { status: 503 });
        if (++misses <= 3) throw new TypeError('Failed to fetch');
        return fetch(url, init);
      },
    });
    const onError = vi.fn();
    const heard = await new Promise<RequestItem>((onUpdate) => keyhole.watchHistory({}, { onUpdate, onError }));
    expect(heard).toMatchObject({ id: 'r1' });
    expect(onError).not.toHaveBeenCalled();
  });
});
