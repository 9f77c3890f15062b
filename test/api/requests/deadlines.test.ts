import { beforeAll, describe, expect, it } from 'vitest';
import { type Asker, startAsker } from '../../support/requests.ts';
import { shareServer } from '../../support/shared.ts';

const shared = shareServer();
let asker: Asker;
beforeAll(async () => {
  asker = await startAsker(shared);
});

async function held<T>(run: () => Promise<T>): Promise<T> {
  const holding = shared.thirdParty.hold();
  try {
    return await run();
  } finally {
    holding.letAllGo();
  }
}

describe('timeout', () => {
  it('is for the whole exchange, and says that the third party may have received the request', () =>
    held(async () => {
      const request = await asker.settle({ timeout: 100 });
      expect(request).toMatchObject({ status: 'FAILED', error: { code: 'UPSTREAM_TIMEOUT' }, statusCode: null });
      expect(request.error?.message).toMatch(/may have received/);
      expect(request.startedAt).not.toBeNull();
    }));
});

describe('expires', () => {
  it('ends what is being sent with EXPIRED, though there was time to answer', () =>
    held(async () => {
      const request = await asker.settle({ expires: 300 });
      expect(request).toMatchObject({ status: 'FAILED', error: { code: 'EXPIRED' } });
    }));
});

describe('wait', () => {
  it('unless told is none: the mutation returns a pending request', () =>
    held(async () => {
      expect(await asker.submit()).toMatchObject({ status: 'PENDING', statusCode: null, error: null });
    }));

  it('returns the end where it comes in time, and the request as it stands where it does not', async () => {
    await held(async () => {
      expect(await asker.submit({ wait: 50 })).toMatchObject({ status: 'PENDING' });
    });
    shared.thirdParty.answerWith(() => ({ body: 'done' }));
    expect(await asker.submit({ wait: 60_000 })).toMatchObject({ status: 'RESOLVED', responseText: 'done' });
  });

  it('is as good for a queue', async () => {
    const holding = shared.thirdParty.hold();
    const settled = [1, 2, 3].map(() => asker.settle({ queue: 'q' }));
    holding.letAllGo();
    for (const request of await Promise.all(settled)) expect(request.status).toBe('RESOLVED');
  });
});

describe('cancelling', () => {
  it('what waits: it is never sent', async () => {
    const holding = shared.thirdParty.hold();
    const before = shared.thirdParty.requests.length;
    const first = await asker.submit({ queue: 'c' });
    const second = await asker.submit({ queue: 'c' });
    const canceled = await asker.cancel(second.id);
    expect(canceled).toMatchObject({ status: 'FAILED', error: { code: 'CANCELED' }, startedAt: null });
    expect(canceled.error?.message).not.toMatch(/may have received/);
    holding.letAllGo();
    expect(await asker.settled(first.id)).toMatchObject({ status: 'RESOLVED' });
    await asker.settle({ queue: 'c' });
    expect(shared.thirdParty.requests).toHaveLength(before + 2);
  });

  it('what is being sent: it is aborted, and the third party may have received it', () =>
    held(async () => {
      const before = shared.thirdParty.requests.length;
      const { id } = await asker.submit();
      const [, ...rest] = (await shared.thirdParty.received(before + 1)).slice(before - 1);
      const canceled = await asker.cancel(id);
      expect(canceled).toMatchObject({ status: 'FAILED', error: { code: 'CANCELED' } });
      expect(canceled.error?.message).toMatch(/may have received/);
      // The connection is gone.
      await expect.poll(() => rest.at(-1)?.endedAt ?? null).not.toBeNull();
    }));

  it('what is settled: it is returned as it is', async () => {
    shared.thirdParty.answerWith(() => ({ body: 'done' }));
    const settled = await asker.settle();
    expect(await asker.cancel(settled.id)).toEqual(settled);
  });
});

describe('deleting', () => {
  it('removes what is settled for good', async () => {
    shared.thirdParty.answerWith(() => ({ body: 'done' }));
    const { id } = await asker.settle();
    expect(await asker.remove(id)).toBe('none');
    expect(await asker.find(id)).toBeNull();
    expect(await asker.remove(id)).toBe('NOT_FOUND');
  });

  it('cancels what is pending first, and its listeners hear that and complete', () =>
    held(async () => {
      const { id } = await asker.submit();
      const heard = asker.settled(id);
      await asker.submit();
      expect(await asker.remove(id)).toBe('none');
      expect(await heard).toMatchObject({ id, status: 'FAILED', error: { code: 'CANCELED' } });
      expect(await asker.find(id)).toBeNull();
    }));
});

describe('an idempotency key', () => {
  it('gives the first request again, and sends nothing', async () => {
    shared.thirdParty.answerWith(() => ({ body: 'done' }));
    const before = shared.thirdParty.requests.length;
    const first = await asker.settle({ idempotencyKey: 'one', data: { a: 1 } });
    const again = await asker.submit({ idempotencyKey: 'one', data: { a: 1 } });
    expect(again).toEqual(first);
    expect(await asker.settle({ idempotencyKey: 'one', data: { a: 1 }, wait: 5 })).toEqual(first);
    expect(shared.thirdParty.requests).toHaveLength(before + 1);
  });

  it('is one request however many ask at once', async () => {
    shared.thirdParty.answerWith(() => ({ body: 'done' }));
    const before = shared.thirdParty.requests.length;
    const many = await Promise.all(Array.from({ length: 10 }, () => asker.settle({ idempotencyKey: 'many' })));
    expect(new Set(many.map(({ id }) => id)).size).toBe(1);
    expect(new Set(many.map(({ status }) => status))).toEqual(new Set(['RESOLVED']));
    expect(shared.thirdParty.requests).toHaveLength(before + 1);
  });

  it('with other input is refused', async () => {
    await asker.settle({ idempotencyKey: 'fixed', data: { a: 1 } });
    for (const other of [
      { data: { a: 2 } },
      { data: { a: 1 }, timeout: 5 },
      { data: { a: 1 }, queue: 'q' },
      { data: { a: 1 }, method: 'PUT' },
    ]) {
      expect(await asker.refusal({ idempotencyKey: 'fixed', ...other })).toBe('INVALID_PARAMETER input.idempotencyKey');
    }
  });

  it('is the own of each caller', async () => {
    const ids = new Set<string>();
    for (const headers of [
      asker.headers,
      asker.app.asVisitor('another-visitor-0001'),
      await asker.app.asUser('ann'),
      await asker.app.asUser('bob'),
      asker.app.asApplication,
    ]) {
      ids.add((await asker.as(headers).submit({ idempotencyKey: 'same' })).id);
    }
    expect(ids.size).toBe(5);
  });

  it('needs an X-Visitor-Id of a visitor', async () => {
    const nameless = asker.as(asker.app.asVisitor());
    expect(await nameless.refusal({ idempotencyKey: 'x' })).toBe('INVALID_PARAMETER input.idempotencyKey');
    expect(await nameless.refusal({})).toBe('none');
  });

  it('holds as long as the request is kept', async () => {
    const first = await asker.settle({ idempotencyKey: 'kept' });
    expect(await asker.remove(first.id)).toBe('none');
    expect((await asker.settle({ idempotencyKey: 'kept' })).id).not.toBe(first.id);
  });
});
