import { describe, expect, it } from 'vitest';
import { secretsOf } from '../../support/client-secrets.ts';
import { startAsker } from '../../support/requests.ts';
import { SECRET_VALUE } from '../../support/secrets.ts';
import { shareServer } from '../../support/shared.ts';

const shared = shareServer({ env: { KEYHOLE_MAX_CONCURRENT: '2' } });

describe('KEYHOLE_MAX_CONCURRENT', () => {
  it('is how many requests are being sent at a time; the others follow as those end', async () => {
    const asker = await startAsker(shared);
    const held = shared.thirdParty.hold();
    const requests = [];
    for (let index = 0; index < 5; index++) requests.push(await asker.submit(index % 2 ? { queue: `${index}` } : {}));
    await shared.thirdParty.received(2);
    // What waits for a place is not being sent.
    expect((await asker.find(requests[4]?.id ?? ''))?.startedAt).toBeNull();
    for (let count = 3; count <= 5; count++) {
      await held.letOneGo();
      await shared.thirdParty.received(count);
    }
    held.letAllGo();
    for (const { id } of requests) expect(await asker.settled(id)).toMatchObject({ status: 'RESOLVED' });
    expect(Math.max(...shared.thirdParty.requests.map(({ overlapping }) => overlapping))).toBeLessThanOrEqual(1);
  });

  it('leaves a request that waits for a place to be cancelled or to expire', async () => {
    const asker = await startAsker(shared);
    const held = shared.thirdParty.hold();
    const before = shared.thirdParty.requests.length;
    await Promise.all([asker.submit(), asker.submit()]);
    await shared.thirdParty.received(before + 2);
    const canceled = await asker.submit();
    expect(await asker.cancel(canceled.id)).toMatchObject({ status: 'FAILED', error: { code: 'CANCELED' } });
    expect(await asker.settle({ expires: 200 })).toMatchObject({ status: 'FAILED', error: { code: 'EXPIRED' } });
    held.letAllGo();
    await asker.settle();
    expect(shared.thirdParty.requests).toHaveLength(before + 3);
  });
});

describe('a request', () => {
  it('may be written in the document, with variables in it', async () => {
    const asker = await startAsker(shared);
    shared.thirdParty.answerWith(({ body }) => ({ body: JSON.parse(String(body)) }));
    const query = `mutation ($prompt: String!, $sizes: [Int!], $key: String, $url: String!, $none: JSON) {
      clientSecretRequest(input: {
        clientSecretName: "openai", url: $url, method: POST, headers: { Authorization: $key, Accept: "*/*" }
        data: { prompt: $prompt, sizes: $sizes, deep: [{ again: $prompt }], big: 12345678901, none: $none }, wait: 10000
      }) { request { responseBody requestHeaders } }
    }`;
    const { data } = await shared.server.post(asker.headers, query, {
      prompt: 'otter',
      sizes: [1, 2],
      key: 'Bearer $CLIENT_SECRET',
      url: `${shared.thirdParty.origin}/v1`,
    });
    expect(data).toEqual({
      clientSecretRequest: {
        request: {
          responseBody: { prompt: 'otter', sizes: [1, 2], deep: [{ again: 'otter' }], big: 12345678901 },
          requestHeaders: { Authorization: 'Bearer $CLIENT_SECRET', Accept: '*/*' },
        },
      },
    });
    expect(shared.thirdParty.requests.at(-1)?.headers.authorization).toBe(`Bearer ${SECRET_VALUE}`);
  });

  it('says when its client secret was used', async () => {
    const asker = await startAsker(shared);
    const secrets = secretsOf(shared.server, asker.app.asApplication);
    expect((await secrets.find('openai'))?.lastUsedAt).toBeNull();
    const { startedAt } = await asker.settle();
    const { lastUsedAt, updatedAt } = (await secrets.find('openai')) ?? {};
    expect(Date.parse(lastUsedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(startedAt ?? ''));
    expect(updatedAt).toBe(asker.secret.updatedAt);
  });
});
