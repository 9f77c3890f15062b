import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import type { TestApplication } from '../support/server.ts';
import { shareServer } from '../support/shared.ts';

const shared = shareServer();

const ISSUE = 'mutation ($input: IssueUserTokenInput!) { issueUserToken(input: $input) { token expiresAt } }';
const VIEWER = '{ viewer { kind username groups } }';
const CREATE_SECRET = `mutation { createClientSecret(input: { name: "mine", clientSecret: "0123456789",
  allowedUrls: ["https://api.test"] }) { clientSecret { owner } } }`;

async function issue(app: TestApplication, input: object) {
  return shared.server.post<{ issueUserToken: { token: string; expiresAt: string } }>(app.asApplication, ISSUE, {
    input,
  });
}

async function viewer({ clientId }: TestApplication, token: string) {
  const headers = { 'x-client-id': clientId, authorization: `Bearer ${token}` };
  const { status, text, errors } = await shared.server.post(headers, VIEWER);
  return status === 200 ? JSON.parse(text).data.viewer : `${status} ${errors[0]?.extensions.code}`;
}

const REFUSED = '401 UNAUTHENTICATED';

describe('a token that the server issues', () => {
  it('proves a user of that application, and of no other', async () => {
    const app = await shared.server.createApplication();
    const other = await shared.server.createApplication();
    const { data } = await issue(app, { username: 'ann', groups: ['staff'] });
    expect(await viewer(app, data.issueUserToken.token)).toEqual({ kind: 'USER', username: 'ann', groups: ['staff'] });
    expect(await viewer(other, data.issueUserToken.token)).toBe(REFUSED);
  });

  it('lives for an hour unless told, and ends when it says', async () => {
    const app = await shared.server.createApplication();
    const before = Date.now();
    const hour = (await issue(app, { username: 'ann' })).data.issueUserToken;
    expect(Date.parse(hour.expiresAt) - before).toBeGreaterThanOrEqual(3_600_000);
    const second = (await issue(app, { username: 'ann', expiresIn: 1000 })).data.issueUserToken;
    await expect.poll(() => viewer(app, second.token), { timeout: 5_000 }).toBe(REFUSED);
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(second.expiresAt));
    const day = (await issue(app, { username: 'ann', expiresIn: 86_400_000 })).data.issueUserToken;
    expect(await viewer(app, day.token)).toMatchObject({ username: 'ann' });
  });

  it('is refused with the path of what is wrong', async () => {
    const app = await shared.server.createApplication();
    const faults: [object, string][] = [
      [{ username: '' }, 'input.username'],
      [{ username: 'a\nb' }, 'input.username'],
      [{ username: 'ann', groups: ['ok', ''] }, 'input.groups[1]'],
      [{ username: 'ann', expiresIn: 0 }, 'input.expiresIn'],
      [{ username: 'ann', expiresIn: 999 }, 'input.expiresIn'],
      [{ username: 'ann', expiresIn: -1 }, 'input.expiresIn'],
      [{ username: 'ann', expiresIn: 86_400_001 }, 'input.expiresIn'],
    ];
    for (const [input, parameter] of faults) {
      const { errors } = await issue(app, input);
      expect(errors[0]?.extensions, JSON.stringify(input)).toMatchObject({ code: 'INVALID_PARAMETER', parameter });
    }
  });

  it('lets its user create client secrets only where it says so', async () => {
    const app = await shared.server.createApplication();
    const denied = await shared.server.post(await app.asUser('ann'), CREATE_SECRET);
    expect(denied.errors[0]?.extensions.code).toBe('FORBIDDEN');
    const { data } = await shared.server.post(await app.asUser('ann', { canCreateSecrets: true }), CREATE_SECRET);
    expect(data).toEqual({ createClientSecret: { clientSecret: { owner: 'ann' } } });
  });

  it('that was changed, cut or made with another algorithm is 401', async () => {
    const app = await shared.server.createApplication();
    const { token } = (await issue(app, { username: 'ann' })).data.issueUserToken;
    const [head = '', body = '', signature = ''] = token.split('.');
    const asRoot = Buffer.from(
      JSON.stringify({ ...JSON.parse(Buffer.from(body, 'base64url').toString()), sub: 'root' }),
    );
    const none = Buffer.from(JSON.stringify({ alg: 'none', typ: 'JWT' })).toString('base64url');
    for (const bad of [
      `${head}.${asRoot.toString('base64url')}.${signature}`,
      `${head}.${body}.`,
      `${head}.${body}`,
      `${none}.${body}.`,
      `${none}.${body}.${signature}`,
      `${token}x`,
    ]) {
      expect(await viewer(app, bad)).toBe(REFUSED);
    }
  });
});

describe("a token of the application's identity provider", () => {
  const ISSUER = 'https://id.example';
  const AUDIENCE = 'shop';

  async function startProvider(alg: string, otherKeys: object[] = []) {
    const { publicKey, privateKey } = await generateKeyPair(alg);
    const jwks = { keys: [...otherKeys, { ...(await exportJWK(publicKey)), kid: 'one', alg, use: 'sig' }] };
    const path = `/jwks-${alg}-${Math.random()}`;
    shared.thirdParty.answerWith(({ url }) => (url === path ? { body: jwks } : { status: 404 }));
    const app = await shared.server.createApplication({
      userTokens: { issuer: ISSUER, audience: AUDIENCE, jwksUrl: `${shared.thirdParty.origin}${path}` },
    });
    return {
      app,
      sign: (claims: JWTPayload = {}, header: object = {}) =>
        new SignJWT({ iss: ISSUER, aud: AUDIENCE, sub: 'ann', exp: Math.floor(Date.now() / 1000) + 60, ...claims })
          .setProtectedHeader({ alg, kid: 'one', ...header })
          .sign(privateKey),
    };
  }

  it.each(['RS256', 'PS256', 'ES256', 'EdDSA'])('proves a user when signed with %s', async (alg) => {
    const { app, sign } = await startProvider(alg);
    expect(await viewer(app, await sign({ groups: ['staff'] }))).toEqual({
      kind: 'USER',
      username: 'ann',
      groups: ['staff'],
    });
  });

  it('need not say which of the keys it was signed with', async () => {
    const other = await generateKeyPair('ES256');
    const { app, sign } = await startProvider('ES256', [{ ...(await exportJWK(other.publicKey)), kid: 'other' }]);
    expect(await viewer(app, await sign({}, { kid: undefined }))).toMatchObject({ username: 'ann' });
    const { sign: byStranger } = await startProviderKey('ES256');
    expect(await viewer(app, await byStranger({ kid: undefined }))).toBe(REFUSED);
  });

  it('keeps of its groups those that a client secret could list', async () => {
    const { app, sign } = await startProvider('ES256');
    const long = 'x'.repeat(255);
    const token = await sign({ groups: ['', 'staff', `${long}x`, long, 'a\nb'] });
    expect(await viewer(app, token)).toEqual({ kind: 'USER', username: 'ann', groups: ['staff', long] });
  });

  it('is 401 without the issuer, the audience, exp or sub that are asked for', async () => {
    const { app, sign } = await startProvider('ES256');
    expect(await viewer(app, await sign({ aud: ['other', AUDIENCE] }))).toMatchObject({ username: 'ann' });
    for (const claims of [
      { iss: 'https://other.example' },
      { iss: undefined },
      { aud: 'other' },
      { aud: undefined },
      { exp: undefined },
      { exp: Math.floor(Date.now() / 1000) - 1 },
      { nbf: Math.floor(Date.now() / 1000) + 600 },
      { sub: undefined },
      { sub: '' },
      { groups: 'staff' },
      { groups: [1] },
      { groups: ['staff', null] },
    ]) {
      expect(await viewer(app, await sign(claims as JWTPayload)), JSON.stringify(claims)).toBe(REFUSED);
    }
  });

  it('is 401 when signed with another algorithm or by another key', async () => {
    const { app } = await startProvider('ES256');
    const { sign: byStranger } = await startProviderKey('ES256');
    const { sign: by384 } = await startProviderKey('ES384');
    expect(await viewer(app, await byStranger())).toBe(REFUSED);
    expect(await viewer(app, await by384())).toBe(REFUSED);
    const symmetric = await new SignJWT({ iss: ISSUER, aud: AUDIENCE, sub: 'ann' })
      .setExpirationTime('1m')
      .setProtectedHeader({ alg: 'HS256', kid: 'one' })
      .sign(new TextEncoder().encode('x'.repeat(32)));
    expect(await viewer(app, symmetric)).toBe(REFUSED);
  });

  async function startProviderKey(alg: string) {
    const { privateKey } = await generateKeyPair(alg);
    return {
      sign: (header: object = {}) =>
        new SignJWT({ iss: ISSUER, aud: AUDIENCE, sub: 'ann' })
          .setExpirationTime('1m')
          .setProtectedHeader({ alg, kid: 'one', ...header })
          .sign(privateKey),
    };
  }

  it('lets its user create client secrets by the claim keyhole_can_create_secrets alone', async () => {
    const { app, sign } = await startProvider('ES256');
    const create = async (claims: JWTPayload) =>
      shared.server.post({ 'x-client-id': app.clientId, authorization: `Bearer ${await sign(claims)}` }, CREATE_SECRET);
    for (const claims of [{}, { keyhole_can_create_secrets: 'true' }, { keyhole_can_create_secrets: 1 }]) {
      expect((await create(claims)).errors[0]?.extensions.code).toBe('FORBIDDEN');
    }
    expect((await create({ keyhole_can_create_secrets: true })).data).toEqual({
      createClientSecret: { clientSecret: { owner: 'ann' } },
    });
  });

  it('stands beside the tokens that the server issues', async () => {
    const { app, sign } = await startProvider('ES256');
    const { data } = await issue(app, { username: 'bob' });
    expect(await viewer(app, data.issueUserToken.token)).toMatchObject({ username: 'bob' });
    expect(await viewer(app, await sign())).toMatchObject({ username: 'ann' });
  });
});
