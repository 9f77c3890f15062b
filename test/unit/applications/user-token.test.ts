import { createSecretKey, hkdfSync } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Application } from '../../../src/applications/application.ts';
import { createProviderKeys } from '../../../src/applications/provider-keys.ts';
import { createUserTokens } from '../../../src/applications/user-token.ts';
import type { MasterKey } from '../../../src/secrets/master-keys.ts';

/** What a token may say, wrong things included. */
type Claims = Record<string, unknown>;

const NOW = Date.UTC(2026, 0, 1);
const HOUR = 3_600_000;
const PROVIDER = { issuer: 'https://idp.example', audience: 'shop', jwksUrl: 'https://idp.example/jwks' };

function masterKey(id: string, byte: number): MasterKey {
  return { id, key: createSecretKey(Buffer.alloc(32, byte)) };
}

const FIRST = masterKey('k1', 1);

function application(id: string, userTokens: Application['userTokens'] = null): Application {
  return {
    id: `0191d0c0-0000-7000-8000-${id.padStart(12, '0')}`,
    name: 'shop',
    enabled: true,
    allowedOrigins: [],
    userTokens,
    requestsPerMinute: null,
    revision: 1,
    createdAt: new Date(0),
  };
}

function setUp(masterKeys: readonly MasterKey[] = [FIRST], jwks: () => unknown = () => ({ keys: [] })) {
  const clock = { now: NOW };
  const fetched: string[] = [];
  const warnings: unknown[] = [];
  const fetchJson = async (url: string) => {
    fetched.push(url);
    return jwks();
  };
  const providerKeys = createProviderKeys(fetchJson, { warn: (fields) => warnings.push(fields) }, () => clock.now);
  return { tokens: createUserTokens(masterKeys, providerKeys, () => clock.now), clock, fetched, warnings };
}

const CLAIMS = { username: 'ada', groups: ['staff'], canCreateSecrets: true, expiresAt: NOW + HOUR };

describe('a token issued by this server', () => {
  const shop = application('1');

  it('says who its user is, and until when', async () => {
    const { tokens } = setUp();
    const claims = { ...CLAIMS, expiresAt: NOW + 1_234 };
    expect(await tokens.verify(shop, await tokens.issue(shop.id, claims))).toEqual(claims);
  });

  it('counts in its own application alone', async () => {
    const { tokens } = setUp();
    const token = await tokens.issue(shop.id, CLAIMS);
    await expect(tokens.verify(application('2'), token)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it('ends to the millisecond, remembered or not', async () => {
    const { tokens, clock } = setUp();
    const token = await tokens.issue(shop.id, CLAIMS);
    const unseen = await tokens.issue(shop.id, { ...CLAIMS, username: 'bob' });
    await tokens.verify(shop, token);
    clock.now = CLAIMS.expiresAt - 1;
    expect((await tokens.verify(shop, token)).username).toBe('ada');
    clock.now = CLAIMS.expiresAt;
    await expect(tokens.verify(shop, token)).rejects.toThrow('User token expired');
    await expect(tokens.verify(shop, unseen)).rejects.toThrow('User token expired');
  });

  it('counts as long as its master key is in the ring', async () => {
    const token = await setUp([FIRST]).tokens.issue(shop.id, CLAIMS);
    const second = masterKey('k2', 2);
    expect(await setUp([second, FIRST]).tokens.verify(shop, token)).toEqual(CLAIMS);
    await expect(setUp([second]).tokens.verify(shop, token)).rejects.toThrow('User token not valid');
    await expect(setUp([masterKey('k1', 3)]).tokens.verify(shop, token)).rejects.toThrow('User token not valid');
  });

  it('is refused with any character changed', async () => {
    const { tokens } = setUp();
    const token = await tokens.issue(shop.id, CLAIMS);
    for (let at = 0; at < token.length - 1; at += 7) {
      const changed = token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1);
      await expect(tokens.verify(shop, changed)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    }
  });

  it.each(['', '.', '..', 'a.b.c', 'e30.e30.', 'not a token', '\0'])('is not %j', async (token) => {
    await expect(setUp().tokens.verify(shop, token)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it.each<[string, Claims]>([
    ['no exp', { exp: undefined }],
    ['an exp that is past', { exp: NOW / 1000 - 1 }],
    ['no sub', { sub: undefined }],
    ['an empty sub', { sub: '' }],
    ['a sub with NUL', { sub: 'a\0' }],
    ['a sub that is too long', { sub: 'a'.repeat(256) }],
    ['another issuer', { iss: 'elsewhere' }],
    ['another audience', { aud: 'elsewhere' }],
    ['groups that are no array', { groups: 'staff' }],
    ['groups that are no strings', { groups: [1] }],
    ['an nbf in the future', { nbf: NOW / 1000 + 60 }],
  ])('is refused with %s, rightly signed though it is', async (_, wrong) => {
    const key = new Uint8Array(hkdfSync('sha256', FIRST.key, '', `keyhole user token ${shop.id}`, 32));
    const sign = (claims: Claims) => new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: FIRST.id }).sign(key);
    const right = { iss: 'keyhole', aud: shop.id, sub: 'ada', exp: NOW / 1000 + 60 };
    const { tokens } = setUp();
    expect((await tokens.verify(shop, await sign(right))).username).toBe('ada');
    await expect(tokens.verify(shop, await sign({ ...right, ...wrong }))).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
    });
  });
});

describe("a token of the application's identity provider", () => {
  const shop = application('1', PROVIDER);
  const payload = { iss: PROVIDER.issuer, aud: PROVIDER.audience, sub: 'ada', exp: NOW / 1000 + 3_600 };
  const pairs: Record<string, Awaited<ReturnType<typeof generateKeyPair>>> = {};
  const jwks: Record<string, object> = {};

  beforeAll(async () => {
    for (const alg of ['RS256', 'PS256', 'ES256', 'EdDSA', 'ES384']) {
      const pair = await generateKeyPair(alg, { extractable: true });
      pairs[alg] = pair;
      jwks[alg] = { ...(await exportJWK(pair.publicKey)), kid: alg, alg };
    }
  });

  /** With null for the key's ID the token says nothing of it. */
  function sign(alg: string, claims: Claims = payload, kid: string | null = alg): Promise<string> {
    const pair = pairs[alg];
    if (pair === undefined) throw new Error('no such key');
    return new SignJWT(claims).setProtectedHeader({ alg, ...(kid === null ? {} : { kid }) }).sign(pair.privateKey);
  }

  const all = () => ({ keys: Object.values(jwks) });

  it.each(['RS256', 'PS256', 'ES256', 'EdDSA'])('counts when signed by %s', async (alg) => {
    const { tokens } = setUp([FIRST], all);
    const token = await sign(alg, { ...payload, groups: ['staff'], keyhole_can_create_secrets: true });
    expect(await tokens.verify(shop, token)).toEqual(CLAIMS);
  });

  it('may not create secrets unless the claim is true itself', async () => {
    const { tokens } = setUp([FIRST], all);
    const token = await sign('ES256', { ...payload, keyhole_can_create_secrets: 'true' });
    expect((await tokens.verify(shop, token)).canCreateSecrets).toBe(false);
  });

  it.each<[string, () => Promise<string> | string]>([
    ['another algorithm', () => sign('ES384')],
    ['no signature', () => new UnsecuredJWT(payload).encode()],
    ['another issuer', () => sign('ES256', { ...payload, iss: 'https://evil.example' })],
    ['another audience', () => sign('ES256', { ...payload, aud: 'another' })],
    ['no exp', () => sign('ES256', { ...payload, exp: undefined })],
    ['no sub', () => sign('ES256', { ...payload, sub: undefined })],
    ['an exp that is past', () => sign('ES256', { ...payload, exp: NOW / 1000 - 1 })],
    ["another key's ID", () => sign('ES256', payload, 'RS256')],
    [
      'the public key as a shared secret',
      () =>
        new SignJWT(payload)
          .setProtectedHeader({ alg: 'HS256', kid: 'RS256' })
          .sign(Buffer.from(JSON.stringify(jwks.RS256))),
    ],
  ])('is refused with %s', async (_, make) => {
    const { tokens } = setUp([FIRST], all);
    await expect(tokens.verify(shop, await make())).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it('does not count where the application has no identity provider', async () => {
    const { tokens, fetched } = setUp([FIRST], all);
    await expect(tokens.verify(application('1'), await sign('ES256'))).rejects.toThrow('User token not valid');
    expect(fetched).toEqual([]);
  });

  it('leaves tokens issued by this server valid beside it', async () => {
    const { tokens } = setUp([FIRST], all);
    expect(await tokens.verify(shop, await tokens.issue(shop.id, CLAIMS))).toEqual(CLAIMS);
  });

  it('is verified anew once the application has changed', async () => {
    const { tokens } = setUp([FIRST], all);
    const token = await sign('ES256');
    await tokens.verify(shop, token);
    const changed = { ...shop, revision: 2, userTokens: { ...PROVIDER, audience: 'another' } };
    await expect(tokens.verify(changed, token)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it('is verified with keys that are fetched once, however many ask at a time', async () => {
    const { tokens, fetched } = setUp([FIRST], all);
    const many = await Promise.all(['RS256', 'PS256', 'ES256', 'EdDSA'].map((alg) => sign(alg)));
    await Promise.all(many.map((token) => tokens.verify(shop, token)));
    expect(fetched).toEqual([PROVIDER.jwksUrl]);
  });

  describe('that does not say which key it was signed with', () => {
    async function strangers(count: number): Promise<object[]> {
      const made = Array.from({ length: count }, () => generateKeyPair('ES256', { extractable: true }));
      return Promise.all(
        (await Promise.all(made)).map(async ({ publicKey }, n) => ({ ...(await exportJWK(publicKey)), kid: `s${n}` })),
      );
    }
    const signWithoutId = (claims: Claims = payload) => sign('ES256', claims, null);

    it('counts by whichever of the keys of its kind it fits', async () => {
      const [first, second] = await strangers(2);
      for (const keys of [
        [jwks.ES256],
        [first, jwks.ES256],
        [jwks.ES256, first],
        [first, jwks.RS256, second, jwks.ES256],
      ]) {
        const { tokens } = setUp([FIRST], () => ({ keys }));
        expect((await tokens.verify(shop, await signWithoutId())).username).toBe('ada');
      }
    });

    it('is refused where it fits none, or is wrong in something else', async () => {
      const others = await strangers(2);
      const none = setUp([FIRST], () => ({ keys: others }));
      await expect(none.tokens.verify(shop, await signWithoutId())).rejects.toThrow('User token not valid');
      const { tokens } = setUp([FIRST], () => ({ keys: [...others, jwks.ES256] }));
      const expired = await signWithoutId({ ...payload, exp: NOW / 1000 - 1 });
      await expect(tokens.verify(shop, expired)).rejects.toThrow('User token expired');
      const elsewhere = await signWithoutId({ ...payload, aud: 'another' });
      await expect(tokens.verify(shop, elsewhere)).rejects.toThrow('check its claim aud');
    });

    it('is tried with ten keys and no more', async () => {
      const others = await strangers(10);
      const tenth = setUp([FIRST], () => ({ keys: [...others.slice(1), jwks.ES256] }));
      expect((await tenth.tokens.verify(shop, await signWithoutId())).username).toBe('ada');
      const eleventh = setUp([FIRST], () => ({ keys: [...others, jwks.ES256] }));
      await expect(eleventh.tokens.verify(shop, await signWithoutId())).rejects.toThrow('User token not valid');
    });
  });

  it('counts at once when its key is new, and no longer when its key was withdrawn', async () => {
    let keys = [jwks.ES256];
    const { tokens, clock } = setUp([FIRST], () => ({ keys }));
    await tokens.verify(shop, await sign('ES256'));
    keys = [jwks.EdDSA];
    expect((await tokens.verify(shop, await sign('EdDSA'))).username).toBe('ada');
    clock.now += 11 * 60_000;
    await expect(tokens.verify(shop, await sign('ES256', { ...payload, jti: 'new' }))).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
    });
  });

  it('with made-up key IDs does not make the server flood the provider', async () => {
    const { tokens, fetched, clock } = setUp([FIRST], all);
    for (let i = 0; i < 50; i++) {
      const token = await sign('ES256', payload, `made-up-${i}`);
      await expect(tokens.verify(shop, token)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    }
    expect(fetched.length).toBeLessThanOrEqual(6);
    expect((await tokens.verify(shop, await sign('ES256'))).username).toBe('ada');
    clock.now += 61_000;
    await expect(tokens.verify(shop, await sign('ES256', payload, 'later'))).rejects.toThrow();
    expect(fetched).toHaveLength(7);
  });

  it.each<[string, () => unknown]>([
    [
      'cannot be had',
      () => {
        throw new Error('connect ECONNREFUSED');
      },
    ],
    ['are no key set', () => ({ keys: 'none' })],
    ['are nothing', () => null],
    ['are too many', () => ({ keys: Array.from({ length: 101 }, () => jwks.ES256) })],
  ])('is refused, and the fault logged, when the keys %s', async (_, answer) => {
    const { tokens, warnings } = setUp([FIRST], answer);
    await expect(tokens.verify(shop, await sign('ES256'))).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
      message: 'User token not verified: the keys of the identity provider could not be fetched',
    });
    expect(warnings).toHaveLength(1);
    expect(JSON.stringify(warnings)).not.toContain('ECONNREFUSED');
  });
});
