import { beforeAll, describe, expect, it } from 'vitest';
import type { Headers } from '../../support/graphql.ts';
import {
  HISTORY_UPDATED,
  type HistoryUpdated,
  REQUEST_UPDATED,
  type RequestUpdated,
  TRANSPORTS,
} from '../../support/listening.ts';
import { type Asker, startAsker } from '../../support/requests.ts';
import { shareServer } from '../../support/shared.ts';

const shared = shareServer();
let asker: Asker;
beforeAll(async () => {
  asker = await startAsker(shared);
});

describe.each(TRANSPORTS)('over %s', (_name, subscribe) => {
  const listen = (headers: Headers, id: string) =>
    subscribe<RequestUpdated>(shared.server.url, headers, REQUEST_UPDATED, { id });
  const follow = (headers: Headers, filter: object | null = null) =>
    subscribe<HistoryUpdated>(shared.server.url, headers, HISTORY_UPDATED, { filter });

  describe('clientSecretRequestUpdated', () => {
    it('lets a subscriber who connects before, during or after hear the end, and completes', async () => {
      const held = shared.thirdParty.hold();
      const before = shared.thirdParty.requests.length;
      const first = await asker.submit({ queue: 'hearing' });
      const second = await asker.submit({ queue: 'hearing' });
      // Before it is sent: it waits behind another.
      const early = listen(asker.headers, second.id);
      expect((await early.next()).data?.clientSecretRequestUpdated).toMatchObject({
        status: 'PENDING',
        startedAt: null,
      });
      await held.letOneGo();
      await shared.thirdParty.received(before + 2);
      // While it is being sent.
      const during = listen(asker.headers, second.id);
      expect((await during.next()).data?.clientSecretRequestUpdated).toMatchObject({
        id: second.id,
        status: 'PENDING',
      });
      held.letAllGo({ body: { end: true } });
      const end = { id: second.id, status: 'RESOLVED', responseBody: { end: true }, queuePosition: null };
      for (const subscribed of [early, during]) {
        expect((await subscribed.rest()).at(-1)?.data?.clientSecretRequestUpdated).toMatchObject(end);
      }
      // After it has ended.
      const late = await listen(asker.headers, second.id).rest();
      expect(late.map(({ data }) => data?.clientSecretRequestUpdated)).toEqual([await asker.find(second.id)]);
      expect((await asker.find(first.id))?.status).toBe('RESOLVED');
    });

    it('tells when a request that waited is being sent', async () => {
      const held = shared.thirdParty.hold();
      await asker.submit({ queue: 'starting' });
      const second = await asker.submit({ queue: 'starting' });
      const subscribed = listen(asker.headers, second.id);
      await subscribed.next();
      await held.letOneGo();
      let heard = (await subscribed.next()).data?.clientSecretRequestUpdated;
      while (heard?.startedAt === null) heard = (await subscribed.next()).data?.clientSecretRequestUpdated;
      expect(heard).toMatchObject({ status: 'PENDING', startedAt: expect.any(String) });
      held.letAllGo();
      expect((await subscribed.rest()).at(-1)?.data?.clientSecretRequestUpdated.status).toBe('RESOLVED');
    });

    it('tells the end of one that failed, expired or was cancelled', async () => {
      const held = shared.thirdParty.hold();
      const ends: [object, string][] = [
        [{ timeout: 150 }, 'UPSTREAM_TIMEOUT'],
        [{ expires: 150 }, 'EXPIRED'],
        [{}, 'CANCELED'],
      ];
      for (const [input, code] of ends) {
        const { id } = await asker.submit(input);
        const subscribed = listen(asker.headers, id);
        await subscribed.next();
        if (code === 'CANCELED') await asker.cancel(id);
        expect((await subscribed.rest()).at(-1)?.data?.clientSecretRequestUpdated).toMatchObject({
          status: 'FAILED',
          error: { code },
        });
      }
      held.letAllGo();
    });

    it('is NOT_FOUND for a request that is not there or is not the own one, and FORBIDDEN for the operator', async () => {
      const { id } = await asker.submit();
      const { app } = asker;
      const refusals: [Headers, string, string][] = [
        [asker.headers, 'nothing', 'NOT_FOUND'],
        [asker.headers, app.id, 'NOT_FOUND'],
        [app.asVisitor('another-visitor-0001'), id, 'NOT_FOUND'],
        [app.asVisitor(), id, 'NOT_FOUND'],
        [await app.asUser('ann'), id, 'NOT_FOUND'],
        [(await shared.server.createApplication()).asApplication, id, 'NOT_FOUND'],
        [shared.server.asOperator, id, 'FORBIDDEN'],
      ];
      for (const [headers, asked, code] of refusals) {
        await expect(refusalOf(listen(headers, asked))).resolves.toBe(code);
      }
      const heard = await listen(app.asApplication, id).rest();
      expect(heard.at(-1)?.data?.clientSecretRequestUpdated.id).toBe(id);
    });
  });

  describe('clientSecretRequestHistoryUpdated', () => {
    it("tells each request of the caller's that matches, when it is submitted and when it changes", async () => {
      const one = await startAsker(shared);
      const { origin } = shared.thirdParty;
      shared.thirdParty.answerWith(() => ({ body: 'done' }));
      const all = follow(one.app.asApplication);
      const own = follow(one.headers);
      const others = follow(await one.app.asUser('ann'));
      const matching = follow(one.headers, { url: `${origin}/match`, method: 'POST', status: 'RESOLVED', queue: 'q' });
      const ann = one.as(await one.app.asUser('ann'));
      const wanted = { url: `${origin}/match`, queue: 'q' };
      await attached(one.as(one.app.asApplication), all);
      await attached(one, own);
      await attached(ann, others);
      await attached(one, matching, wanted);
      const skipped = await one.settle();
      const wrongMethod = await one.settle({ ...wanted, method: 'PUT' });
      const match = await one.settle(wanted);
      const ofAnn = await ann.settle(wanted);
      const last = await ann.settle({ ...wanted, data: 'last' });
      for (const [subscribed, until, ids] of [
        [all, last, [skipped, wrongMethod, match, ofAnn, last]],
        [own, match, [skipped, wrongMethod, match]],
        [others, last, [ofAnn, last]],
        [matching, match, [match]],
      ] as const) {
        const heard: string[] = [];
        while (!heard.includes(`${until.id} RESOLVED`)) {
          const request = (await subscribed.next()).data?.clientSecretRequestHistoryUpdated;
          heard.push(`${request?.id} ${request?.status}`);
        }
        const ended = [skipped, wrongMethod, match, ofAnn, last].filter(({ id }) => heard.includes(`${id} RESOLVED`));
        expect(ended.map(({ id }) => id)).toEqual(ids.map(({ id }) => id));
        if (subscribed === own) expect(heard).toContain(`${match.id} PENDING`);
        if (subscribed === matching) expect(heard.join()).not.toContain('PENDING');
        await subscribed.stop();
      }
    });

    it('is FORBIDDEN for a visitor without an ID and for the operator, and refuses a filter that is none', async () => {
      expect(await refusalOf(follow(asker.app.asVisitor()))).toBe('FORBIDDEN');
      expect(await refusalOf(follow(shared.server.asOperator))).toBe('FORBIDDEN');
      expect(await refusalOf(follow(asker.headers, { url: 'none' }))).toBe('INVALID_PARAMETER filter.url');
      expect(await refusalOf(follow(asker.headers, { queue: '\u0000' }))).toBe('INVALID_PARAMETER filter.queue');
    });
  });

  it('an operation that cannot be parsed, or is not valid, is an error of that operation alone', async () => {
    const { url } = shared.server;
    expect(await refusalOf(subscribe(url, asker.headers, 'subscription {'))).toBe('GRAPHQL_PARSE_FAILED');
    expect(await refusalOf(subscribe(url, asker.headers, 'subscription { nothing }'))).toBe(
      'GRAPHQL_VALIDATION_FAILED',
    );
    expect(await refusalOf(subscribe(url, asker.headers, REQUEST_UPDATED, {}))).toBe('BAD_USER_INPUT');
  });

  it('queries and mutations are answered too', async () => {
    const [event] = await subscribe(shared.server.url, asker.headers, '{ viewer { kind } }').rest();
    expect(event).toMatchObject({ data: { viewer: { kind: 'VISITOR' } } });
  });
});

interface Attachable {
  next(): Promise<{ data?: HistoryUpdated | null }>;
}

/** Once it has heard a request of the caller's, it hears all that come. */
async function attached(asker: Asker, subscribed: Attachable, input: object = {}): Promise<void> {
  let done = false;
  const heard = subscribed.next().then(() => {
    done = true;
  });
  while (!done) {
    await asker.settle(input);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await heard;
}

/** Code and parameter of the error that is all there is, however the transport tells it. */
async function refusalOf(subscribed: { rest(): Promise<readonly { errors?: readonly unknown[] }[]> }): Promise<string> {
  const told: unknown = await subscribed.rest().then(
    (events) => events[0]?.errors,
    (error: unknown) => error,
  );
  const errors = Array.isArray(told) ? told : [told];
  const { extensions } = errors[0] as { extensions: { code: string; parameter?: string } };
  return [extensions.code, extensions.parameter].filter(Boolean).join(' ');
}
