import { describe, expect, test, vi } from 'vitest';
import type { RequestItem } from '../../../src/client/index.ts';
import { deferred, resolved, type Stream, scripted, state, submission } from './scripted-endpoint.ts';

/** Resolves when the callback was called so often. */
function recorder(count: number) {
  const items: RequestItem[] = [];
  const full = deferred<RequestItem[]>();
  return {
    items,
    full: full.promise,
    onUpdate(item: RequestItem) {
      items.push(item);
      if (items.length === count) full.resolve(items);
    },
  };
}

describe('listening to one request', () => {
  test('tells each state until the request is settled', async () => {
    const { keyhole } = await scripted((call) => {
      const stream = call.stream();
      stream.next(state());
      stream.next(state({ updatedAt: '2026-01-01T00:00:01.000Z' }));
      stream.next(resolved('done'));
      stream.complete();
    });
    const { onUpdate, full } = recorder(3);
    keyhole.listen('r1', { onUpdate });
    expect((await full).map(({ status }) => status)).toEqual(['pending', 'pending', 'resolved']);
  });

  test('connects again when the server stops, asks for a new token, and tells no state twice', async () => {
    const tokens = ['first', 'second'];
    const { keyhole, calls } = await scripted(
      (call, { length }) => {
        const stream = call.stream();
        stream.next(state());
        if (length === 1) setTimeout(() => stream.break(), 20);
        else stream.next(resolved('done'));
      },
      { getToken: () => tokens.shift() },
    );
    const { onUpdate, full } = recorder(2);
    keyhole.listen('r1', { onUpdate });
    expect((await full).map(({ status }) => status)).toEqual(['pending', 'resolved']);
    expect(calls.map(({ headers }) => headers.authorization)).toEqual(['Bearer first', 'Bearer second']);
  });

  test('goes on when getToken fails once, as it does while the network is away', async () => {
    const { keyhole } = await scripted(
      (call, { length }) => {
        const stream = call.stream();
        if (length === 1) stream.break();
        else stream.next(resolved('done'));
      },
      { getToken: vi.fn().mockResolvedValue('token').mockRejectedValueOnce(new TypeError('Failed to fetch')) },
    );
    const { onUpdate, full } = recorder(1);
    const onError = vi.fn();
    keyhole.listen('r1', { onUpdate, onError });
    expect((await full)[0]).toMatchObject({ response_body: 'done' });
    expect(onError).not.toHaveBeenCalled();
  });

  test('a stream that is completed while the request is pending is connected again', async () => {
    const { keyhole } = await scripted((call, { length }) => {
      const stream = call.stream();
      stream.next(length === 1 ? state() : resolved('done'));
      stream.complete();
    });
    const { onUpdate, full } = recorder(2);
    keyhole.listen('r1', { onUpdate });
    expect((await full)[1]).toMatchObject({ status: 'resolved', response_body: 'done' });
  });

  test.each(['NOT_FOUND', 'UNAUTHENTICATED'])('ends for good with the error %s', async (code) => {
    const { keyhole, calls } = await scripted((call) => call.stream().error(code));
    const error = await new Promise((onError) => keyhole.listen('r1', { onUpdate() {}, onError }));
    expect(error).toMatchObject({ code });
    expect(calls).toHaveLength(1);
  });

  test.each(['unsubscribe', 'signal'])('ends by %s, and the connection with it', async (way) => {
    const begun = deferred<Stream>();
    const { keyhole } = await scripted((call) => begun.resolve(call.stream()));
    const controller = new AbortController();
    const onUpdate = vi.fn();
    const unsubscribe = keyhole.listen('r1', { onUpdate, signal: controller.signal });
    const stream = await begun.promise;
    if (way === 'signal') controller.abort();
    else unsubscribe();
    await stream.closed;
    expect(onUpdate).not.toHaveBeenCalled();
  });

  test.each([
    ['an ID that is none', 7, {}, 'id'],
    ['a poll that is text', 'r1', { poll: '5' }, 'poll'],
  ])('%s is INVALID_PARAMETER before anything is sent', async (_, id, options, parameter) => {
    const { keyhole, calls } = await scripted(() => {});
    const error = await new Promise((onError) =>
      keyhole.listen(id as never, { onUpdate() {}, onError, ...(options as object) }),
    );
    expect(error).toMatchObject({ code: 'INVALID_PARAMETER', parameter });
    expect(calls).toEqual([]);
  });

  test('does not begin with a signal that was aborted before', async () => {
    const { keyhole, calls } = await scripted((call) => call.stream());
    keyhole.listen('r1', { onUpdate() {}, signal: AbortSignal.abort() });
    keyhole.watchHistory({}, { onUpdate() {}, signal: AbortSignal.abort() });
    await new Promise(setImmediate);
    expect(calls).toEqual([]);
  });
});

describe('where streams are blocked', () => {
  test.each([
    ['a page of its own', 200],
    ['a refusal of its own', 403],
  ])('a proxy that answers with %s makes it ask, for later requests at once', async (_, status) => {
    let asked = 0;
    const { keyhole, fields } = await scripted((call) => {
      if (call.query.startsWith('mutation')) return call.data({ submitted: { request: state() } });
      if (call.query.startsWith('subscription')) return call.status(status, '<p>No streams here</p>');
      asked++;
      call.data({ request: asked >= 4 ? resolved(asked) : state() });
    });
    expect(await keyhole.clientSecretRequest({ ...submission, poll: 1 })).toBe(4);
    expect(await keyhole.clientSecretRequest({ ...submission, poll: 1 })).toBe(5);
    expect(fields().filter((field) => field.endsWith('Updated'))).toHaveLength(2);
  });

  test('a proxy that holds the stream back makes it ask', async () => {
    const { keyhole } = await scripted((call) => {
      if (call.query.startsWith('subscription')) call.stream();
      else call.data({ request: resolved('asked') });
    });
    const { onUpdate, full } = recorder(1);
    keyhole.listen('r1', { onUpdate });
    expect((await full)[0]?.response_body).toBe('asked');
  });

  test('one that passes the headers of a stream and holds its body makes a watcher of the history ask', async () => {
    const done = resolved('asked', { id: 'done' });
    let glances = 0;
    const { keyhole } = await scripted((call) => {
      if (call.query.startsWith('subscription')) call.holdStream();
      else if (call.field === 'nodes') call.data({ nodes: [done] });
      else call.data({ history: { nodes: glances++ === 0 ? [] : [done] } });
    });
    const { onUpdate, full } = recorder(1);
    keyhole.watchHistory({}, { onUpdate, poll: 10 });
    expect((await full)[0]).toMatchObject({ id: 'done', response_body: 'asked' });
  });

  test('a stream on which pings alone come is not held: a history may be silent for long', async () => {
    const { keyhole, fields } = await scripted((call) => {
      if (!call.query.startsWith('subscription')) return call.data({ history: { nodes: [] } });
      const stream = call.stream();
      setTimeout(() => stream.next(resolved('late')), 6_000);
    });
    const { onUpdate, full } = recorder(1);
    keyhole.watchHistory({}, { onUpdate, poll: 10 });
    expect((await full)[0]).toMatchObject({ response_body: 'late' });
    expect(fields()).toEqual(['clientSecretRequestHistoryUpdated', 'clientSecretRequestHistory']);
  });
});

describe('many requests at once', () => {
  test('take two streams of their own and one that the others share', async () => {
    let submitted = 0;
    const asked = new Set<string>();
    const pushes: (() => void)[] = [];
    const { keyhole, fields } = await scripted((call) => {
      if (call.query.startsWith('mutation')) {
        call.data({ submitted: { request: state({ id: `r${submitted++}` }) } });
      } else if (call.query.startsWith('subscription')) {
        const stream = call.stream();
        const own = call.variables.id;
        if (own) stream.next(state({ id: own }));
        const heard = own ? [own] : Array.from({ length: 9 }, (_, n) => `r${n}`);
        pushes.push(() => heard.forEach((id) => void stream.next(resolved(id, { id }))));
      } else {
        // r9 was settled before the shared stream was open, so that only asking tells.
        call.data({ nodes: call.variables.ids.map((id) => (id === 'r9' ? resolved(id, { id }) : state({ id }))) });
        for (const id of call.variables.ids) asked.add(id);
        if (asked.size === 8) for (const push of pushes) push();
      }
    });
    const params = { ...submission, poll: 1000 };
    const bodies = await Promise.all(Array.from({ length: 10 }, () => keyhole.clientSecretRequest(params)));
    expect(bodies.sort()).toEqual(['r0', 'r1', 'r2', 'r3', 'r4', 'r5', 'r6', 'r7', 'r8', 'r9']);
    expect(
      fields()
        .filter((field) => field.endsWith('Updated'))
        .sort(),
    ).toEqual(['clientSecretRequestHistoryUpdated', 'clientSecretRequestUpdated', 'clientSecretRequestUpdated']);
  });

  test('one of them that does not exist is NOT_FOUND, and the others go on', async () => {
    const { keyhole } = await scripted((call) => {
      if (call.variables.id) call.stream().next(state({ id: call.variables.id }));
      else if (call.query.startsWith('subscription')) call.stream();
      else call.data({ nodes: call.variables.ids.map((id) => (id === 'none' ? null : resolved('there', { id }))) });
    });
    for (const id of ['r1', 'r2']) keyhole.listen(id, { onUpdate() {} });
    const { onUpdate, full } = recorder(1);
    const error = new Promise((onError) => keyhole.listen('none', { onUpdate() {}, onError }));
    keyhole.listen('r4', { onUpdate });
    expect(await error).toMatchObject({ code: 'NOT_FOUND' });
    expect((await full)[0]).toMatchObject({ id: 'r4', response_body: 'there' });
  });
});

describe('watching the history', () => {
  test('tells what comes, and after a reconnect what was missed', async () => {
    const missed = resolved('missed', { id: 'missed' });
    const streams: Stream[] = [];
    const { keyhole } = await scripted((call) => {
      if (call.field === 'clientSecretRequestHistoryUpdated') {
        streams.push(call.stream());
      } else if (call.field === 'clientSecretRequestHistory') {
        call.data({ history: { nodes: [streams.length === 1 ? state({ id: 'old' }) : missed] } });
        if (streams.length > 1) return;
        streams[0]?.next(state({ id: 'new' }));
        setTimeout(() => streams[0]?.break(), 200);
      } else {
        expect(call.variables.ids.sort()).toEqual(['missed', 'new', 'old']);
        call.data({ nodes: [missed, resolved('old', { id: 'old' }), state({ id: 'new' })] });
      }
    });
    const { onUpdate, full } = recorder(3);
    keyhole.watchHistory({}, { onUpdate });
    expect((await full).map(({ id }) => id)).toEqual(['new', 'missed', 'old']);
  });

  test('tells the server what to tell', async () => {
    const { keyhole, calls } = await scripted((call) => call.stream().next(state()));
    const { onUpdate, full } = recorder(1);
    keyhole.watchHistory({ queue: 'q', status: 'pending' }, { onUpdate });
    await full;
    expect(calls[0]?.variables).toEqual({ filter: { queue: 'q', status: 'PENDING' } });
  });

  test('takes methods in lower case, as the history does', async () => {
    const { keyhole, calls } = await scripted((call) => call.stream().next(state()));
    const { onUpdate, full } = recorder(1);
    keyhole.watchHistory({ method: 'post' }, { onUpdate });
    await full;
    expect(calls[0]?.variables).toEqual({ filter: { method: 'POST' } });
  });

  test.each([
    ['no filter', undefined, 'filter'],
    ['a method that the API does not send', { method: 'HEAD' }, 'filter.method'],
    ['a status that there is not', { status: 'done' }, 'filter.status'],
    ['a status that is a number', { status: 5 }, 'filter.status'],
    ['a queue that is a number', { queue: 5 }, 'filter.queue'],
    ['a field that there is not', { name: 'openai' }, 'filter.name'],
  ])('%s is INVALID_PARAMETER before anything is sent', async (_, filter, parameter) => {
    const { keyhole, calls } = await scripted(() => {});
    const error = await new Promise((onError) => keyhole.watchHistory(filter as never, { onUpdate() {}, onError }));
    expect(error).toMatchObject({ code: 'INVALID_PARAMETER', parameter });
    expect(calls).toEqual([]);
  });
});

test('a page whose onUpdate throws goes on listening', async () => {
  const thrown = deferred<unknown>();
  const known = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException').once('uncaughtException', thrown.resolve);
  const { keyhole } = await scripted((call) => {
    const stream = call.stream();
    stream.next(state());
    stream.next(resolved('done'));
  });
  const { onUpdate, full } = recorder(2);
  keyhole.listen('r1', {
    onUpdate(item) {
      onUpdate(item);
      if (item.status === 'pending') throw new Error('of the page');
    },
  });
  await full;
  expect(await thrown.promise).toMatchObject({ message: 'of the page' });
  for (const listener of known) process.on('uncaughtException', listener);
});
