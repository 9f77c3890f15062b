import { describe, expect, test } from 'vitest';
import { type Call, resolved, scripted, state } from './scripted-endpoint.ts';

const call = { url: 'https://api.test/v1', method: 'POST' } as const;

/** Answers as a history of so many requests, oldest `r0`; the cursor is the number of those before. */
function historyOf(total: number) {
  return ({ variables, data }: Call) => {
    const start = Number(variables.after ?? 0);
    const end = Math.min(total, start + variables.first);
    const nodes = Array.from({ length: end - start }, (_, index) => resolved(null, { id: `r${start + index}` }));
    const pageInfo = { hasNextPage: end < total, endCursor: end > start ? String(end) : null };
    data({ history: { nodes, pageInfo } });
  };
}

test('an item is what the API tells, with times in milliseconds', async () => {
  const error = { code: 'UPSTREAM_STATUS', message: 'It answered 500' };
  const { keyhole, calls } = await scripted(({ data }) =>
    data({
      history: {
        nodes: [resolved('oops', { status: 'FAILED', statusCode: 500, error, queue: 'q' })],
        pageInfo: { hasNextPage: false, endCursor: 'c' },
      },
    }),
  );
  const history = await keyhole.clientSecretRequestHistory({ ...call, queue: 'q' }, { ascending: true });
  expect(history).toEqual({
    list: [
      {
        id: 'r1',
        status: 'failed',
        status_code: 500,
        response_body: 'oops',
        request_body: { a: 1 },
        error,
        created: Date.UTC(2026, 0, 1),
        updated: Date.UTC(2026, 0, 1, 0, 0, 2),
        expires: Date.UTC(2026, 0, 1, 0, 15),
        queue: 'q',
      },
    ],
    startKey: 'c',
    endOfList: true,
    pending: [],
  });
  expect(calls[0]?.variables).toMatchObject({ filter: { ...call, queue: 'q' }, direction: 'ASC' });
});

describe('pages', () => {
  test('a limit beyond the API page is fetched in several', async () => {
    const { keyhole, calls } = await scripted(historyOf(1000));
    const { list, endOfList, startKey } = await keyhole.clientSecretRequestHistory(call, { limit: 250 });
    expect(list.map(({ id }) => id)).toEqual(Array.from({ length: 250 }, (_, index) => `r${index}`));
    expect(calls.map(({ variables }) => variables.first)).toEqual([100, 100, 50]);
    expect({ endOfList, startKey }).toEqual({ endOfList: false, startKey: '250' });
  });

  test('fetchMore goes on where the same call stopped, and ends in an empty list', async () => {
    const { keyhole, calls } = await scripted(historyOf(5));
    const ids = async (options: object) => {
      const { list, endOfList } = await keyhole.clientSecretRequestHistory(call, { limit: 2, ...options });
      return [list.map(({ id }) => id).join(), endOfList];
    };
    expect(await ids({ fetchMore: true })).toEqual(['r0,r1', false]);
    expect(await ids({ fetchMore: true })).toEqual(['r2,r3', false]);
    expect(await ids({ fetchMore: true, ascending: true }), 'another call').toEqual(['r0,r1', false]);
    expect(await ids({ fetchMore: true })).toEqual(['r4', true]);
    expect(await ids({ fetchMore: true })).toEqual(['', true]);
    expect(calls).toHaveLength(4);
    expect(await ids({}), 'from the start again').toEqual(['r0,r1', false]);
  });

  test('a call that fails midway is no place to go on from: the next fetchMore begins where it began', async () => {
    const answer = historyOf(260);
    let fails = true;
    const { keyhole } = await scripted((call) => {
      if (fails && call.variables.after === '110') call.error('INTERNAL');
      else answer(call);
    });
    await keyhole.clientSecretRequestHistory(call, { limit: 10 });
    const more = () => keyhole.clientSecretRequestHistory(call, { limit: 200, fetchMore: true });
    await expect(more()).rejects.toMatchObject({ code: 'INTERNAL' });
    fails = false;
    expect((await more()).list.map(({ id }) => id)).toEqual(Array.from({ length: 200 }, (_, n) => `r${n + 10}`));
  });

  test('startKey goes on at a place that was kept', async () => {
    const { keyhole } = await scripted(historyOf(5));
    const { list } = await keyhole.clientSecretRequestHistory(call, { startKey: '3' });
    expect(list.map(({ id }) => id)).toEqual(['r3', 'r4']);
  });

  test('nothing yet: an empty list that ends', async () => {
    const { keyhole } = await scripted(historyOf(0));
    expect(await keyhole.clientSecretRequestHistory(call)).toEqual({
      list: [],
      startKey: null,
      endOfList: true,
      pending: [],
    });
  });
});

describe('with poll', () => {
  const nodes = [state({ id: 'waits' }), resolved('old', { id: 'done' }), state({ id: 'fails' })];
  const pageInfo = { hasNextPage: false, endCursor: 'c' };

  test('pending holds a promise of the final item for each that is pending', async () => {
    const error = { code: 'EXPIRED', message: 'Too late' };
    const { keyhole } = await scripted(({ field, variables: { id }, data, stream }) => {
      if (field === 'clientSecretRequestHistory') return data({ history: { nodes, pageInfo } });
      stream().next(id === 'waits' ? resolved('new', { id }) : state({ id, status: 'FAILED', error }));
    });
    const { list, pending } = await keyhole.clientSecretRequestHistory({ ...call, poll: 1000 });
    expect(list.map(({ status }) => status)).toEqual(['pending', 'resolved', 'pending']);
    expect(await Promise.all(pending)).toMatchObject([
      { id: 'waits', status: 'resolved', response_body: 'new' },
      { id: 'fails', status: 'failed', error },
    ]);
  });

  test('without poll nothing is listened to', async () => {
    const { keyhole, calls } = await scripted(({ data }) => data({ history: { nodes, pageInfo } }));
    expect((await keyhole.clientSecretRequestHistory(call)).pending).toEqual([]);
    expect(calls).toHaveLength(1);
  });
});

describe('INVALID_PARAMETER before anything is sent', () => {
  test.each([
    ['no url', { method: 'GET' }, {}, 'url'],
    ['no method', { url: 'https://api.test/' }, {}, 'method'],
    ['a method that the API does not send', { ...call, method: 'OPTIONS' }, {}, 'method'],
    ['a queue that is a number', { ...call, queue: 5 }, {}, 'queue'],
    ['a negative poll', { ...call, poll: -1 }, {}, 'poll'],
    ['a poll that is text', { ...call, poll: '5' }, {}, 'poll'],
    ['a limit of 0', call, { limit: 0 }, 'fetchOptions.limit'],
    ['a limit above 1000', call, { limit: 1001 }, 'fetchOptions.limit'],
    ['a limit that is no whole number', call, { limit: 1.5 }, 'fetchOptions.limit'],
    ['a startKey that is none', call, { startKey: 7 }, 'fetchOptions.startKey'],
  ])('%s', async (_, params, options, parameter) => {
    const { keyhole, calls } = await scripted(() => {});
    const history = keyhole.clientSecretRequestHistory(params as never, options as never);
    await expect(history).rejects.toMatchObject({ code: 'INVALID_PARAMETER', parameter });
    expect(calls).toEqual([]);
  });
});
