import { beforeAll, describe, expect, it } from 'vitest';
import { secretsOf } from '../../support/client-secrets.ts';
import { type Asker, startAsker } from '../../support/requests.ts';
import { shareServer } from '../../support/shared.ts';

const shared = shareServer();
let asker: Asker;
beforeAll(async () => {
  asker = await startAsker(shared);
});

/** What the bodies say, of the requests that arrived since. */
function arrivedSince(before: number): unknown[] {
  return shared.thirdParty.requests.slice(before).map(({ body }) => JSON.parse(body.toString()));
}

describe('requests of one queue', () => {
  it('go strictly one after another in order, while another queue runs beside them', async () => {
    const { thirdParty } = shared;
    const before = thirdParty.requests.length;
    const held = thirdParty.hold();
    const slow: Promise<{ status: string }>[] = [];
    for (let index = 0; index < 10; index++) {
      const { id } = await asker.submit({ queue: 'slow', data: { slow: index } });
      slow.push(asker.settled(id));
    }
    await thirdParty.received(before + 1);
    expect(arrivedSince(before)).toEqual([{ slow: 0 }]);
    // Another queue does not wait for the first.
    const beside = asker.settle({ queue: 'beside', data: { beside: 0 } });
    await thirdParty.received(before + 2);
    expect(arrivedSince(before)).toEqual([{ slow: 0 }, { beside: 0 }]);
    held.letAllGo();
    expect((await beside).status).toBe('RESOLVED');
    expect((await Promise.all(slow)).map(({ status }) => status)).toEqual(Array(10).fill('RESOLVED'));
    const arrived = thirdParty.requests.slice(before).filter(({ body }) => body.includes('slow'));
    expect(arrived.map(({ body }) => JSON.parse(String(body)).slow)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    for (const [index, request] of arrived.entries()) {
      expect(request.arrivedAt).toBeGreaterThanOrEqual(arrived[index - 1]?.endedAt ?? 0);
    }
  });

  it('are told from others by URL, method and queue, the URL normalised', async () => {
    const { origin } = shared.thirdParty;
    const held = shared.thirdParty.hold();
    const before = shared.thirdParty.requests.length;
    const submit = (more: object) => asker.submit({ queue: 'told apart', url: `${origin}/a`, data: more, ...more });
    await submit({});
    const same = await submit({ url: `${origin.replace('http://', 'HTTP://')}/a` });
    await submit({ url: `${origin}/b` });
    await submit({ method: 'PUT' });
    await submit({ queue: 'another' });
    await shared.thirdParty.received(before + 4);
    expect((await asker.find(same.id))?.startedAt).toBeNull();
    expect(shared.thirdParty.requests).toHaveLength(before + 4);
    held.letAllGo();
    await asker.settled(same.id);
  });

  it('of different applications do not wait for each other', async () => {
    const other = await startAsker(shared);
    const before = shared.thirdParty.requests.length;
    const held = shared.thirdParty.hold();
    await Promise.all([asker.submit({ queue: 'shared name' }), other.submit({ queue: 'shared name' })]);
    await shared.thirdParty.received(before + 2);
    held.letAllGo();
  });

  it('wait whoever submits them, and say how many come before', async () => {
    const user = asker.as(await asker.app.asUser('ann'));
    const held = shared.thirdParty.hold();
    const first = await asker.submit({ queue: 'positions' });
    const second = await user.submit({ queue: 'positions' });
    const third = await asker.submit({ queue: 'positions' });
    const alone = await asker.submit({});
    expect([first, second, third, alone].map(({ queuePosition }) => queuePosition)).toEqual([0, 1, 2, null]);
    await held.letOneGo();
    await asker.settled(first.id);
    expect((await asker.find(first.id))?.queuePosition).toBeNull();
    expect((await user.find(second.id))?.queuePosition).toBe(0);
    expect((await asker.find(third.id))?.queuePosition).toBe(1);
    held.letAllGo();
    await asker.settled(third.id);
  });

  it('go on after one that failed, and skip one that was cancelled or expired while it waited', async () => {
    const held = shared.thirdParty.hold();
    const before = shared.thirdParty.requests.length;
    const queue = 'going on';
    const failing = await asker.submit({ queue, data: 0 });
    const canceled = await asker.submit({ queue, data: 1 });
    const expiring = await asker.submit({ queue, data: 2, expires: 200 });
    const last = await asker.submit({ queue, data: 3 });
    expect(await asker.cancel(canceled.id)).toMatchObject({
      status: 'FAILED',
      error: { code: 'CANCELED' },
      startedAt: null,
    });
    expect(await asker.settled(expiring.id)).toMatchObject({
      status: 'FAILED',
      error: { code: 'EXPIRED' },
      startedAt: null,
    });
    expect((await asker.find(last.id))?.queuePosition).toBe(1);
    await held.letOneGo({ status: 500 });
    expect(await asker.settled(failing.id)).toMatchObject({ status: 'FAILED', error: { code: 'UPSTREAM_STATUS' } });
    held.letAllGo();
    expect(await asker.settled(last.id)).toMatchObject({ status: 'RESOLVED' });
    expect(arrivedSince(before)).toEqual([0, 3]);
  });
});

describe('requests without a queue', () => {
  it('are sent at once, side by side', async () => {
    const before = shared.thirdParty.requests.length;
    const held = shared.thirdParty.hold();
    await Promise.all(Array.from({ length: 20 }, () => asker.submit()));
    await shared.thirdParty.received(before + 20);
    held.letAllGo();
  });
});

describe('a client secret that changes while requests wait', () => {
  async function waiting(rules: object = {}) {
    const one = await startAsker(shared, rules);
    const held = shared.thirdParty.hold();
    const arrived = shared.thirdParty.requests.length + 1;
    const first = await one.submit({ queue: 'q' });
    const second = await one.submit({ queue: 'q' });
    await shared.thirdParty.received(arrived);
    const secrets = secretsOf(shared.server, one.app.asApplication);
    return { one, held, first, second, secrets };
  }

  it('is sent with its new value, and each request says the version that was used', async () => {
    const { one, held, first, second, secrets } = await waiting();
    const before = shared.thirdParty.requests.length;
    await secrets.change('rotate', { id: one.secret.id, clientSecret: 'the-value-after-rotation' });
    held.letAllGo();
    expect((await one.settled(first.id)).clientSecretVersion).toBe(1);
    expect((await one.settled(second.id)).clientSecretVersion).toBe(2);
    expect(shared.thirdParty.requests[before]?.headers.authorization).toBe('Bearer the-value-after-rotation');
  });

  it.each([
    ['disabled', 'disable', {}],
    ['narrowed to another URL', 'update', { allowedUrls: ['https://api.test'] }],
    ['narrowed to another method', 'update', { allowedMethods: ['GET'] }],
    ['narrowed to another placement', 'update', { allowedPlacements: ['DATA'] }],
    ['rotated to a value that no header carries', 'rotate', { clientSecret: 'no header takes this: ü' }],
    ['rotated to a value with a space at an end', 'rotate', { clientSecret: 'nor does it take this ' }],
  ] as const)('is not sent when it was %s: SECRET_NOT_USABLE', async (_what, name, change) => {
    const { one, held, first, second, secrets } = await waiting();
    const before = shared.thirdParty.requests.length;
    await secrets.change(name, { id: one.secret.id, ...change });
    held.letAllGo();
    expect(await one.settled(first.id)).toMatchObject({ status: 'RESOLVED' });
    expect(await one.settled(second.id)).toMatchObject({ status: 'FAILED', error: { code: 'SECRET_NOT_USABLE' } });
    expect(shared.thirdParty.requests).toHaveLength(before);
  });

  it('is not sent when it was deleted, and its requests are kept', async () => {
    const { one, held, second, secrets } = await waiting();
    expect(await secrets.remove(one.secret.id)).toBe('none');
    held.letAllGo();
    expect(await one.settled(second.id)).toMatchObject({
      status: 'FAILED',
      error: { code: 'SECRET_NOT_USABLE' },
      clientSecretName: one.secret.name,
    });
    expect(await one.refusal({})).toBe('NOT_FOUND');
  });

  it('is sent when it was only renamed', async () => {
    const { one, held, second, secrets } = await waiting();
    await secrets.change('update', { id: one.secret.id, name: 'renamed', notes: 'x' });
    held.letAllGo();
    expect(await one.settled(second.id)).toMatchObject({ status: 'RESOLVED', clientSecretName: one.secret.name });
  });
});
