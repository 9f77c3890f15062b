import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Headers } from '../../support/graphql.ts';
import { createSecret, SUBMIT, submit } from '../../support/secrets.ts';
import { startTestServer, type TestServer, type TestServerOptions } from '../../support/server.ts';
import { startThirdParty, type ThirdParty } from '../../support/third-party.ts';

const PLACEMENTS = { allowedPlacements: ['HEADERS', 'PARAMS', 'DATA', 'URL'] };
const CODES = ['DESTINATION_NOT_ALLOWED', 'INVALID_PARAMETER'];

let thirdParty: ThirdParty;
let server: TestServer;
let backend: Headers;

beforeAll(async () => {
  thirdParty = await startThirdParty();
  ({ server, backend } = await start());
  await createSecret(server, backend, `${thirdParty.origin}/v1`, PLACEMENTS);
});
afterAll(async () => {
  await server.close();
  await thirdParty.close();
});

async function start(options: TestServerOptions = {}): Promise<{ server: TestServer; backend: Headers }> {
  const started = await startTestServer([`127.0.0.1:${thirdParty.port}`], options);
  return { server: started, backend: (await started.createApplication()).asApplication };
}

/** What comes back for a URL, by a method that sends no body. */
function send(url: string, more: object = {}) {
  const input = { clientSecretName: 'openai', url, method: 'POST', headers: { a: '$CLIENT_SECRET' }, wait: 5_000 };
  return server.post(backend, SUBMIT, { input: { ...input, ...more } });
}

describe('not one byte leaves for', () => {
  const port = '{port}';
  /** Beside `http://127.0.0.1:{port}/v1`. Add one. */
  const refused = [
    // Paths that lead out of the prefix.
    '/v1/../admin',
    '/v1/..',
    '/v1/./../admin',
    '/v1/%2e%2e/admin',
    '/v1/%2E%2e/admin',
    '/v1/.%2e/admin',
    '/v1/%252e%252e/admin',
    '/v1/%25252e%25252e/admin',
    '/v1/..%2fadmin',
    '/v1/..%5cadmin',
    '/v1/..\\admin',
    '/v1/%2e%2e%2fadmin',
    '/v1/x%2f..%2f..%2fadmin',
    '/v1/..;/admin',
    '/v1/..;x/admin',
    '/v1/%c0%ae%c0%ae/admin',
    '/v1/..%c0%afadmin',
    '/v1/..%00/admin',
    '/v1/\t../admin',
    '/v1/.\n./admin',
    '/v1\\..\\admin',
    '/v1%2f..',
    '/v10',
    '/v1x/',
    '/',
    '',
    '//v1',
    '/V1',
    '/admin#/v1',
    '/admin?/v1',
    '/%76%31/../admin',
    // The secret where it decides where the request goes.
    '/v1/$CLIENT_SECRET/../admin',
    '/v1/%2$CLIENT_SECRET',
    '/v1/$BASE64($CLIENT_SECRET)',
  ]
    .map((path) => `http://127.0.0.1:${port}${path}`)
    .concat([
      // Other hosts, ports and schemes.
      `http://127.0.0.2:${port}/v1`,
      `http://127.0.0.1.evil.example:${port}/v1`,
      `http://evil.example/127.0.0.1:${port}/v1`,
      `http://localhost:${port}/v1`,
      `http://[::1]:${port}/v1`,
      `http://[::ffff:127.0.0.1]:${port}/v1`,
      `http://0.0.0.0:${port}/v1`,
      'http://127.0.0.1/v1',
      'http://127.0.0.1:1/v1',
      `https://127.0.0.1:${port}/v1`,
      `ftp://127.0.0.1:${port}/v1`,
      `//127.0.0.1:${port}/v1`,
      `http:127.0.0.1:${port}/v1`,
      `http:/127.0.0.1:${port}/v1`,
      `http:\\\\127.0.0.1:${port}\\v1`,
      `http://127.0.0.1:${port}\\@evil.example/v1`,
      ` http://127.0.0.1:${port}/v1`,
      `ht\ntp://127.0.0.1:${port}/v1`,
      // Users.
      `http://user@127.0.0.1:${port}/v1`,
      `http://user:pass@127.0.0.1:${port}/v1`,
      `http://127.0.0.1:${port}@evil.example/v1`,
      `http://@127.0.0.1:${port}/v1`,
      `http://evil.example%40127.0.0.1:${port}/v1`,
      // Placeholders before the path.
      `http://$CLIENT_SECRET/v1`,
      `http://127.0.0.1:$CLIENT_SECRET/v1`,
      `$CLIENT_SECRET://127.0.0.1:${port}/v1`,
      `http://$CLIENT_SECRET@127.0.0.1:${port}/v1`,
      `http://$CLIENT_SECRET.evil.example/v1`,
      '$CLIENT_SECRET',
      `http://127.0.0.1:${port}$CLIENT_SECRET/v1`,
    ]);

  test.each(refused)('%s', async (template) => {
    const before = thirdParty.connections;
    const { errors, text } = await send(template.replace('{port}', String(thirdParty.port)));
    expect(CODES).toContain(errors[0]?.extensions.code);
    expect(errors[0]?.extensions.parameter).toBe('input.url');
    expect(text).not.toContain('evil');
    expect(thirdParty.connections).toBe(before);
  });

  test('what the same address is called in other notations: it is one destination', async () => {
    for (const host of ['127.1', '2130706433', '0x7f.0.0.1', '0177.0.0.1', '127.0.0.1.', '①②⑦.0.0.1']) {
      const { data } = await send(`http://${host}:${thirdParty.port}/v1/x`);
      expect(data).toMatchObject({ clientSecretRequest: { request: { status: 'RESOLVED' } } });
    }
  });
});

describe('between submission and sending', () => {
  const UPDATE =
    'mutation ($input: UpdateClientSecretInput!) { updateClientSecret(input: $input) { clientSecret { id } } }';
  const ROTATE =
    'mutation ($input: RotateClientSecretInput!) { rotateClientSecret(input: $input) { clientSecret { id } } }';
  const BY_ID = (operation: string) =>
    `mutation ($input: ClientSecretIdInput!) { ${operation}(input: $input) { __typename } }`;
  const inHeader = { headers: { authorization: 'Bearer $CLIENT_SECRET' } };
  const inPath = { url: '/v1/$CLIENT_SECRET/x', headers: {} };

  /** What an owner may do while a request waits for its turn. Add one. */
  const changes: readonly (readonly [what: string, query: string, input: object, request: object])[] = [
    ['its URLs are narrowed', UPDATE, { allowedUrls: ['https://elsewhere.example'] }, inHeader],
    ['its path is narrowed', UPDATE, { allowedUrls: ['{origin}/v1/other'] }, inHeader],
    ['its methods are narrowed', UPDATE, { allowedMethods: ['GET'] }, inHeader],
    ['its placements are narrowed', UPDATE, { allowedPlacements: ['DATA'] }, inHeader],
    ['it is disabled', BY_ID('disableClientSecret'), {}, inHeader],
    ['it is deleted', BY_ID('deleteClientSecret'), {}, inHeader],
    ['it gets a value that would climb', ROTATE, { clientSecret: '../../admin' }, inPath],
    ['it gets a value that would climb, encoded', ROTATE, { clientSecret: '..%2f..%2fadmin' }, inPath],
    ['it gets a value that no header carries', ROTATE, { clientSecret: 'pässwörter' }, inHeader],
  ];

  test.each(changes)('%s: nothing is sent', async (_what, query, input, request) => {
    const name = `s-${Math.random()}`;
    const secret = await createSecret(server, backend, `${thirdParty.origin}/v1`, { name, ...PLACEMENTS });
    const held = thirdParty.hold();
    const before = thirdParty.requests.length;
    const { url = '/v1/x', ...more } = request as { url?: string };
    const common = { clientSecretName: name, queue: name, ...more, url: thirdParty.origin + url };
    const first = await submit(server, backend, common);
    const second = await submit(server, backend, common);
    await thirdParty.received(before + 1);
    const filled = JSON.parse(JSON.stringify(input).replace('{origin}', thirdParty.origin));
    await server.post(backend, query, { input: { id: secret.id, ...filled } }).then(({ data }) => data);
    held.letAllGo();
    const ended = await both(first.id, second.id);
    expect(ended).toMatchObject([
      { status: 'RESOLVED', clientSecretVersion: 1 },
      { status: 'FAILED', error: { code: 'SECRET_NOT_USABLE' } },
    ]);
    expect(thirdParty.requests).toHaveLength(before + 1);
  });

  test('a value that is rotated is sent as it is now', async () => {
    const secret = await createSecret(server, backend, `${thirdParty.origin}/v1`, { name: 'rotated' });
    const held = thirdParty.hold();
    const before = thirdParty.requests.length;
    const common = { clientSecretName: 'rotated', queue: 'rotated', url: `${thirdParty.origin}/v1` };
    const first = await submit(server, backend, common);
    const second = await submit(server, backend, common);
    await thirdParty.received(before + 1);
    await server
      .post(backend, ROTATE, { input: { id: secret.id, clientSecret: 'the-value-after' } })
      .then(({ data }) => data);
    held.letAllGo();
    expect(await both(first.id, second.id)).toMatchObject([{ clientSecretVersion: 1 }, { clientSecretVersion: 2 }]);
    expect(thirdParty.requests.at(-1)?.headers.authorization).toBe('Bearer the-value-after');
  });

  async function both(...ids: string[]): Promise<unknown> {
    const query = `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on ClientSecretRequest { status clientSecretVersion error { code } } } }`;
    for (;;) {
      const { data } = await server.post<{ nodes: { status: string }[] }>(backend, query, { ids });
      if (data.nodes.every(({ status }) => status !== 'PENDING')) return data.nodes;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
});

describe('the egress guard at the wire', () => {
  const CREATE =
    'mutation ($input: CreateClientSecretInput!) { createClientSecret(input: $input) { clientSecret { id } } }';
  const APPLICATION =
    'mutation ($input: CreateApplicationInput!) { createApplication(input: $input) { clientId application { id } } }';

  async function created(on: TestServer, headers: Headers, url: string): Promise<string> {
    const input = { name: url, clientSecret: 'a-value-of-a-test', allowedUrls: [url] };
    const { errors } = await on.post(headers, CREATE, { input });
    return errors[0] === undefined ? 'created' : `${errors[0].extensions.code} ${errors[0].extensions.parameter}`;
  }

  test('opens nothing unless told: neither addresses nor plain http', async () => {
    const shut = await start({
      env: { KEYHOLE_ALLOW_ADDRESSES: '', KEYHOLE_ALLOW_HTTP_HOSTS: '' },
      overrides: { resolve: async () => ['127.0.0.1'] },
    });
    const before = thirdParty.connections;
    for (const url of [
      thirdParty.origin,
      `https://127.0.0.1:${thirdParty.port}`,
      `https://[::1]:${thirdParty.port}`,
      'https://localhost',
      'http://api.example',
    ]) {
      expect(await created(shut.server, shut.backend, url)).toBe('INVALID_PARAMETER input.allowedUrls[0]');
    }
    // A name shows only at connecting where it leads.
    const url = `https://api.example:${thirdParty.port}`;
    expect(await created(shut.server, shut.backend, url)).toBe('created');
    const request = await submit(shut.server, shut.backend, { clientSecretName: url, url, wait: 5_000 });
    expect(request).toMatchObject({ status: 'FAILED', error: { code: 'DESTINATION_NOT_ALLOWED' } });
    expect(thirdParty.connections).toBe(before);
    await shut.server.close();
  });

  test('opens by one setting only what it names', async () => {
    const addresses = await start({ env: { KEYHOLE_ALLOW_HTTP_HOSTS: '' } });
    expect(await created(addresses.server, addresses.backend, thirdParty.origin)).toContain('INVALID_PARAMETER');
    expect(await created(addresses.server, addresses.backend, `https://127.0.0.1:${thirdParty.port}`)).toBe('created');
    await addresses.server.close();
    const hosts = await start({ env: { KEYHOLE_ALLOW_ADDRESSES: '' } });
    expect(await created(hosts.server, hosts.backend, thirdParty.origin)).toContain('INVALID_PARAMETER');
    await hosts.server.close();
  });

  test('stands before the keys of identity providers too', async () => {
    const guarded = await start({
      env: { KEYHOLE_ALLOW_ADDRESSES: '' },
      overrides: { resolve: async () => ['127.0.0.1'] },
    });
    const before = thirdParty.connections;
    const input = (jwksUrl: string) => ({ input: { name: 'x', userTokens: { issuer: 'i', audience: 'a', jwksUrl } } });
    const refused = await guarded.server.post(
      guarded.server.asOperator,
      APPLICATION,
      input(`${thirdParty.origin}/keys`),
    );
    expect(refused.errors[0]?.extensions).toEqual({ code: 'INVALID_PARAMETER', parameter: 'input.userTokens.jwksUrl' });
    const named = await guarded.server.post<{ createApplication: { clientId: string } }>(
      guarded.server.asOperator,
      APPLICATION,
      input(`https://idp.example:${thirdParty.port}/keys`),
    );
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const token = `${part({ alg: 'RS256', kid: '1' })}.${part({ iss: 'i', aud: 'a', sub: 'x', exp: 9e9 })}.${part({})}`;
    const headers = { 'x-client-id': named.data.createApplication.clientId, authorization: `Bearer ${token}` };
    expect((await guarded.server.post(headers, '{ viewer { kind } }')).errors[0]?.extensions.code).toMatch(
      /UNAUTHENTICATED|INTERNAL/,
    );
    expect(thirdParty.connections).toBe(before);
    await guarded.server.close();
  });
});
