import { afterEach, describe, expect, test, vi } from 'vitest';
import { createClient } from '../../../src/client/index.ts';
import { scripted, state, submission } from './scripted-endpoint.ts';

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
});

describe('a browser that lets the page read no answer', () => {
  test('a server that is there refuses the origin: FORBIDDEN', async () => {
    vi.stubGlobal('location', new URL('https://page.test/'));
    const fetch = vi.fn(async (_url: unknown, { mode }: RequestInit = {}) => {
      if (mode !== 'no-cors') throw new TypeError('Failed to fetch');
      return new Response();
    });
    const keyhole = createClient({ clientId: 'page', url: 'https://keyhole.test/graphql', fetch });
    await expect(keyhole.clientSecretRequest(submission)).rejects.toMatchObject({
      code: 'FORBIDDEN',
      message: expect.stringContaining('https://page.test'),
    });
  });

  test('a server that comes back is not one that refuses', async () => {
    vi.stubGlobal('location', new URL('https://page.test/'));
    let attempts = 0;
    const { keyhole } = await scripted(({ data }) => data({ submitted: { request: state() } }), {
      fetch: async (url, init) => {
        if (init?.mode === 'no-cors') return new Response();
        if (++attempts < 2) throw new TypeError('Failed to fetch');
        return fetch(url, init);
      },
    });
    expect(await keyhole.clientSecretRequest(submission)).toMatchObject({ status: 'pending' });
  });
});
