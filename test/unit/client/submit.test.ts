import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { createClient, KeyholeError } from '../../../src/client/index.ts';
import { type Call, resolved, scripted, state, submission } from './scripted-endpoint.ts';

function acknowledge(call: Call): void {
  call.data({ submitted: { request: state() } });
}

/** Acknowledges, then tells by the stream what is given. */
function answering(...states: ReturnType<typeof state>[]) {
  return (call: Call) => {
    if (call.field === 'clientSecretRequest') return acknowledge(call);
    const stream = call.stream();
    for (const each of states) stream.next(each);
    stream.complete();
  };
}

describe('without poll', () => {
  test.each([undefined, 0])('poll %s resolves at once with the ID', async (poll) => {
    const { keyhole, fields } = await scripted(acknowledge);
    const submitted = await keyhole.clientSecretRequest({ ...submission, ...(poll === 0 && { poll }) });
    expect(submitted).toEqual({ id: 'r1', status: 'pending' });
    expect(fields()).toEqual(['clientSecretRequest']);
  });

  test('the server is told what the page said, and who is calling', async () => {
    const { keyhole, calls } = await scripted(acknowledge);
    await keyhole.clientSecretRequest({ ...submission, method: 'post', queue: 'q', timeout: 5, expires: 9 });
    expect(calls[0]?.variables.input).toEqual({
      ...submission,
      queue: 'q',
      timeout: 5,
      expires: 9,
      idempotencyKey: expect.stringMatching(/^\w{32}$/),
    });
    expect(calls[0]?.headers).toMatchObject({
      'x-client-id': 'page',
      'x-visitor-id': expect.stringMatching(/^\w{32}$/),
    });
  });

  test('a token is asked for before each call, and stands in the place of the visitor ID', async () => {
    const getToken = vi.fn().mockReturnValueOnce('one').mockResolvedValueOnce('two');
    const { keyhole, calls } = await scripted(acknowledge, { getToken });
    await keyhole.clientSecretRequest(submission);
    await keyhole.clientSecretRequest(submission);
    expect(calls.map(({ headers }) => headers.authorization)).toEqual(['Bearer one', 'Bearer two']);
    expect(calls[0]?.headers).not.toHaveProperty('x-visitor-id');
  });
});

describe('with poll', () => {
  test.each([
    ['JSON', resolved({ data: [1] }), { data: [1] }],
    ['JSON null', resolved(null), null],
    ['text', resolved('plain'), 'plain'],
  ])('resolves with the final response body: %s', async (_, final, body) => {
    const { keyhole, fields } = await scripted(answering(state(), final));
    expect(await keyhole.clientSecretRequest({ ...submission, poll: 1 })).toEqual(body);
    expect(fields(), 'nothing is polled').toEqual(['clientSecretRequest', 'clientSecretRequestUpdated']);
  });

  test('a binary body is a Blob of its media type', async () => {
    const final = resolved(null, { responseBase64: 'AP8=', responseHeaders: { 'content-type': 'image/png' } });
    const { keyhole } = await scripted(answering(final));
    const body = (await keyhole.clientSecretRequest({ ...submission, poll: 1 })) as Blob;
    expect(body.type).toBe('image/png');
    expect([...new Uint8Array(await body.arrayBuffer())]).toEqual([0, 255]);
  });

  test('rejects with what the third party answered', async () => {
    const error = { code: 'UPSTREAM_STATUS', message: 'It answered 422' };
    const final = resolved({ why: 'bad' }, { status: 'FAILED', statusCode: 422, error });
    const { keyhole } = await scripted(answering(state(), final));
    const failure = await keyhole.clientSecretRequest({ ...submission, poll: 1 }).catch((error) => error);
    expect(failure).toBeInstanceOf(KeyholeError);
    expect(failure).toMatchObject({ ...error, status_code: 422, response_body: { why: 'bad' } });
  });

  test('a submission that was settled before is not listened to', async () => {
    const { keyhole, fields } = await scripted((call) => call.data({ submitted: { request: resolved('known') } }));
    expect(await keyhole.clientSecretRequest({ ...submission, poll: 1, idempotencyKey: 'k' })).toBe('known');
    expect(fields()).toHaveLength(1);
  });
});

describe('before anything is sent', () => {
  const circle: unknown[] = [];
  circle.push(circle);

  test.each([
    ['a negative poll', { poll: -1 }, 'poll'],
    ['a poll that is text', { poll: '1000' }, 'poll'],
    ['a poll that is no number', { poll: Number.NaN }, 'poll'],
    ['an endless poll', { poll: Number.POSITIVE_INFINITY }, 'poll'],
    ['a timeout that is text', { timeout: 'long' }, 'timeout'],
    ['no name', { clientSecretName: undefined }, 'clientSecretName'],
    ['no url', { url: '' }, 'url'],
    ['a timeout of nothing', { timeout: 0 }, 'timeout'],
    ['a timeout in parts of milliseconds', { timeout: 0.5 }, 'timeout'],
    ['a time that is over', { expires: -1 }, 'expires'],
    ['no method', { method: undefined }, 'method'],
    ['a method that the API does not send', { method: 'HEAD' }, 'method'],
    ['a field that there is not', { header: {} }, 'header'],
    ['a queue that is a number', { queue: 5 }, 'queue'],
    ['an empty queue', { queue: '' }, 'queue'],
    ['an idempotency key that is a number', { idempotencyKey: 5 }, 'idempotencyKey'],
    ['a timeout beyond the integers of the API', { timeout: 1e10 }, 'timeout'],
    ['headers that are a list', { headers: ['Authorization'] }, 'headers'],
    ['headers that are text', { headers: 'Authorization' }, 'headers'],
    ['params that are text', { method: 'GET', data: undefined, params: 'a=1' }, 'params'],
    ['a bigint', { data: { amount: 10n } }, 'data'],
    ['a bigint alone', { data: 10n }, 'data'],
    ['a circle', { data: circle }, 'data'],
    ['a bigint in the query', { method: 'GET', data: undefined, params: { a: 10n } }, 'params'],
    ['a file in JSON', { data: { image: new Blob(['x']) } }, 'data.image'],
  ])('%s is INVALID_PARAMETER', async (_, wrong, parameter) => {
    const { keyhole, calls } = await scripted(acknowledge);
    const params = { ...submission, ...wrong } as unknown as typeof submission;
    await expect(keyhole.clientSecretRequest(params)).rejects.toMatchObject({ code: 'INVALID_PARAMETER', parameter });
    expect(calls).toEqual([]);
  });

  test.each([null, undefined, 'openai', 7])('so is %s in the place of an object', async (nothing) => {
    const { keyhole, calls } = await scripted(acknowledge);
    await expect(keyhole.clientSecretRequest(nothing as never)).rejects.toMatchObject({ code: 'INVALID_PARAMETER' });
    expect(calls).toEqual([]);
  });
});

describe('when the network fails', () => {
  test('the submission is repeated with the same idempotency key', async () => {
    const { keyhole, calls } = await scripted((call, { length }) => {
      if (length === 1) call.hangUp();
      else if (length === 2) call.status(502, '<h1>Bad gateway</h1>');
      else if (length === 3) call.status(503, '{"errors":[{"message":"Stopping","extensions":{"code":"INTERNAL"}}]}');
      else acknowledge(call);
    });
    expect(await keyhole.clientSecretRequest(submission)).toEqual({ id: 'r1', status: 'pending' });
    expect(calls).toHaveLength(4);
    expect(new Set(calls.map(({ variables }) => variables.input.idempotencyKey)).size).toBe(1);
  });

  test('getToken is asked again, as the usual one is a fetch too', async () => {
    const getToken = vi.fn().mockResolvedValue('token').mockRejectedValueOnce(new TypeError('Failed to fetch'));
    const { keyhole } = await scripted(acknowledge, { getToken });
    expect(await keyhole.clientSecretRequest(submission)).toEqual({ id: 'r1', status: 'pending' });
  });

  test('a getToken that fails for good is told as UNAVAILABLE, with what it threw', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const cause = new TypeError('Failed to fetch');
    const getToken = vi.fn().mockRejectedValue(cause);
    const keyhole = createClient({ clientId: 'page', url: 'http://127.0.0.1:1/graphql', getToken });
    const failure = keyhole.clientSecretRequest(submission).catch((error) => error);
    await vi.runAllTimersAsync();
    expect(await failure).toBeInstanceOf(KeyholeError);
    expect(await failure).toMatchObject({ code: 'UNAVAILABLE', cause });
    expect(getToken.mock.calls.length).toBeGreaterThan(1);
  });

  test('two submissions have two keys', async () => {
    const { keyhole, calls } = await scripted(acknowledge);
    await Promise.all([keyhole.clientSecretRequest(submission), keyhole.clientSecretRequest(submission)]);
    expect(new Set(calls.map(({ variables }) => variables.input.idempotencyKey)).size).toBe(2);
  });

  test('an answer of the server is final', async () => {
    const { keyhole, calls } = await scripted((call) => call.error('INVALID_PARAMETER', { parameter: 'input.url' }));
    const failure = keyhole.clientSecretRequest(submission);
    await expect(failure).rejects.toMatchObject({ code: 'INVALID_PARAMETER', parameter: 'input.url' });
    expect(calls).toHaveLength(1);
  });

  test('a refusal without a GraphQL answer is told by its status', async () => {
    const { keyhole } = await scripted((call) => call.status(413, 'too much'));
    await expect(keyhole.clientSecretRequest(submission)).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
  });
});

test('a FormData is read as the form is, with files as parts of a multipart request', async () => {
  const { keyhole, calls } = await scripted(acknowledge);
  const form = new FormData();
  for (const [name, value] of Object.entries({
    clientSecretName: 'openai',
    url: 'https://api.test/',
    method: 'POST',
  })) {
    form.append(name, value);
  }
  form.append('headers[content-type]', 'multipart/form-data');
  form.append('data[tags]', 'a');
  form.append('data[tags]', 'b');
  form.append('data[image]', new File(['otter'], 'otter.txt', { type: 'text/plain' }));
  form.append('data[none]', new File([], ''));
  form.append('expires', '60000');
  form.append('queue', '');
  await keyhole.clientSecretRequest(form);
  expect(calls[0]?.variables.input).toMatchObject({
    data: { tags: ['a', 'b'], image: { filename: 'otter.txt', contentType: 'text/plain', base64: btoa('otter') } },
    expires: 60_000,
  });
  expect(calls[0]?.variables.input).not.toHaveProperty('queue');
  expect(calls[0]?.variables.input.data).not.toHaveProperty('none');
});
