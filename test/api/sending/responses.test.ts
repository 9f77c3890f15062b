import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Asker, startAsker } from '../../support/requests.ts';
import { SECRET_VALUE } from '../../support/secrets.ts';
import { shareServer } from '../../support/shared.ts';
import type { Answer } from '../../support/third-party.ts';

const shared = shareServer({ env: { KEYHOLE_MAX_RESPONSE_BYTES: '100000' } });
let asker: Asker;
beforeAll(async () => {
  asker = await startAsker(shared);
});

function answeredWith(answer: Answer, input: object = {}) {
  shared.thirdParty.answerWith(() => answer);
  return asker.settle(input);
}
const json = (body: string, headers: object = {}) => ({
  body,
  headers: { 'content-type': 'application/json', ...headers },
});

describe('an answer of 2xx', () => {
  it('resolves the request, with all that came', async () => {
    const request = await answeredWith({ status: 201, headers: { 'X-Trace': 'abc' }, body: { data: [{ url: 'x' }] } });
    expect(request).toMatchObject({
      status: 'RESOLVED',
      statusCode: 201,
      responseBody: { data: [{ url: 'x' }] },
      responseText: '{"data":[{"url":"x"}]}',
      responseBase64: null,
      error: null,
      clientSecretVersion: 1,
      queuePosition: null,
      responseHeaders: { 'x-trace': 'abc', 'content-type': 'application/json' },
    });
    for (const moment of [request.createdAt, request.startedAt, request.updatedAt, request.expiresAt])
      expect(moment).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(await asker.find(request.id)).toEqual(request);
  });

  it('without a body has none of the three', async () => {
    expect(await answeredWith({ status: 204 })).toMatchObject({
      status: 'RESOLVED',
      statusCode: 204,
      responseBody: null,
      responseText: null,
      responseBase64: null,
    });
    expect(
      await answeredWith({ status: 200, headers: { 'content-type': 'application/json', 'content-length': '0' } }),
    ).toMatchObject({
      responseBody: null,
      responseText: null,
      responseBase64: null,
    });
  });

  it('that is JSON is parsed, and keeps its exact text', async () => {
    const text = '{ "b": 1.0, "a": [null, 12345678901234567890, "\\u00e9"] }\n';
    expect(await answeredWith(json(text))).toMatchObject({ responseText: text, responseBody: JSON.parse(text) });
    for (const type of ['application/problem+json', 'APPLICATION/JSON; charset=utf-8', 'application/vnd.api+json']) {
      expect(await answeredWith(json('[1]', { 'content-type': type }))).toMatchObject({ responseBody: [1] });
    }
    for (const scalar of ['null', 'false', '0', '""']) {
      expect(await answeredWith(json(scalar))).toMatchObject({
        responseBody: JSON.parse(scalar),
        responseText: scalar,
      });
    }
  });

  it('that says JSON and is none, or is nested deeper than 100 levels, stays text', async () => {
    expect(await answeredWith(json('{"a":'))).toMatchObject({ responseBody: '{"a":', responseText: '{"a":' });
    const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
    expect(await answeredWith(json(nested(100)))).toMatchObject({ responseBody: JSON.parse(nested(100)) });
    expect(await answeredWith(json(nested(101)))).toMatchObject({
      responseBody: nested(101),
      responseText: nested(101),
    });
  });

  it('is text when its type is text, form, XML or JavaScript, or when there is none and the bytes are UTF-8', async () => {
    const types = [
      'text/plain',
      'text/html; charset=utf-8',
      'application/x-www-form-urlencoded',
      'application/xml',
      'image/svg+xml',
      'application/javascript',
      'text/event-stream',
    ];
    for (const type of types) {
      const request = await answeredWith({ headers: { 'content-type': type }, body: 'grüße=1' });
      expect(request, type).toMatchObject({ responseBody: 'grüße=1', responseText: 'grüße=1', responseBase64: null });
    }
    expect(await answeredWith({ body: 'grüße' })).toMatchObject({ responseText: 'grüße' });
    const latin1 = {
      headers: { 'content-type': 'text/plain; charset=iso-8859-1' },
      body: Buffer.from('grüße', 'latin1'),
    };
    expect(await answeredWith(latin1)).toMatchObject({ responseText: 'grüße' });
  });

  it('is binary otherwise, and so is text with NUL in it', async () => {
    const bytes = Buffer.from([137, 80, 78, 71, 0, 255]);
    const binary = { responseBody: null, responseText: null, responseBase64: bytes.toString('base64') };
    expect(await answeredWith({ headers: { 'content-type': 'image/png' }, body: bytes })).toMatchObject(binary);
    expect(await answeredWith({ body: bytes })).toMatchObject(binary);
    const ofType = (type: string) => ({ headers: { 'content-type': type }, body: 'a\u0000b' });
    for (const type of ['text/plain', 'application/json']) {
      expect(await answeredWith(ofType(type))).toMatchObject({ responseText: null, responseBase64: 'YQBi' });
    }
    expect(await answeredWith({ headers: { 'content-type': 'application/octet-stream' }, body: 'abc' })).toMatchObject({
      responseBase64: 'YWJj',
    });
  });

  it('has headers in lower case, repeated ones joined, and set-cookie as an array', async () => {
    const request = await answeredWith({
      headers: { 'X-Several': ['a', 'b'], 'Set-Cookie': ['c=1; Path=/', 'd=2'], 'Content-Type': 'text/plain' },
      body: 'x',
    });
    expect(request.responseHeaders).toMatchObject({ 'x-several': 'a, b', 'set-cookie': ['c=1; Path=/', 'd=2'] });
    const one = await answeredWith({ headers: { 'Set-Cookie': 'c=1' } });
    expect(one.responseHeaders).toMatchObject({ 'set-cookie': ['c=1'] });
  });
});

describe('an encoded answer', () => {
  it('is decoded before anything else looks at it', async () => {
    const text = JSON.stringify({ echoed: SECRET_VALUE });
    const bodies: [string, Buffer][] = [
      ['gzip', gzipSync(text)],
      ['x-gzip', gzipSync(text)],
      ['deflate', deflateSync(text)],
      ['br', brotliCompressSync(text)],
      ['deflate, gzip', gzipSync(deflateSync(text))],
    ];
    for (const [encoding, body] of bodies) {
      const answer = { headers: { 'content-type': 'application/json', 'content-encoding': encoding }, body };
      expect(await answeredWith(answer), encoding).toMatchObject({
        status: 'RESOLVED',
        responseBody: { echoed: '$CLIENT_SECRET' },
      });
    }
  });

  it('in another way, or broken, is withheld: RESPONSE_UNREADABLE', async () => {
    for (const [encoding, body] of [
      ['compress', Buffer.from('x')],
      ['gzip', Buffer.from('not gzip')],
      ['gzip', gzipSync('whole').subarray(0, -4)],
    ] as const) {
      const answer = { status: 200, headers: { 'content-type': 'text/plain', 'content-encoding': encoding }, body };
      expect(await answeredWith(answer)).toMatchObject({
        status: 'FAILED',
        error: { code: 'RESPONSE_UNREADABLE' },
        statusCode: 200,
        responseBody: null,
        responseText: null,
        responseBase64: null,
      });
    }
  });
});

describe('a request fails', () => {
  it('with UPSTREAM_STATUS at 400 and above, and shows the answer all the same', async () => {
    for (const status of [400, 404, 429, 500, 503]) {
      const request = await answeredWith({ status, headers: { 'Retry-After': '5' }, body: { error: { code: 'x' } } });
      expect(request).toMatchObject({
        status: 'FAILED',
        statusCode: status,
        error: { code: 'UPSTREAM_STATUS' },
        responseBody: { error: { code: 'x' } },
        responseHeaders: { 'retry-after': '5' },
      });
    }
  });

  it('with UPSTREAM_REDIRECT at 3xx, which is never followed', async () => {
    for (const status of [300, 301, 302, 303, 304, 307, 308]) {
      const before = shared.thirdParty.requests.length;
      const location = `${shared.thirdParty.origin}/elsewhere`;
      const request = await answeredWith({ status, headers: { location } });
      expect(request).toMatchObject({
        status: 'FAILED',
        statusCode: status,
        error: { code: 'UPSTREAM_REDIRECT' },
        responseHeaders: { location },
      });
      expect(shared.thirdParty.requests).toHaveLength(before + 1);
    }
  });

  it('with UPSTREAM_UNREACHABLE where the connection breaks', async () => {
    expect(await answeredWith('cut')).toMatchObject({
      status: 'FAILED',
      statusCode: null,
      error: { code: 'UPSTREAM_UNREACHABLE' },
    });
    const short = { headers: { 'content-length': '100', connection: 'close' }, body: 'less' };
    expect(await answeredWith(short)).toMatchObject({ status: 'FAILED', error: { code: 'UPSTREAM_UNREACHABLE' } });
  });

  it('with RESPONSE_TOO_LARGE past the limit, counted after decompression', async () => {
    const type = { 'content-type': 'text/plain' };
    expect(await answeredWith({ headers: type, body: 'x'.repeat(100_000) })).toMatchObject({ status: 'RESOLVED' });
    expect(await answeredWith({ headers: type, body: 'x'.repeat(100_001) })).toMatchObject({
      status: 'FAILED',
      error: { code: 'RESPONSE_TOO_LARGE' },
      responseText: null,
    });
    const bomb = { headers: { ...type, 'content-encoding': 'gzip' }, body: gzipSync('x'.repeat(10_000_000)) };
    expect(await answeredWith(bomb)).toMatchObject({ status: 'FAILED', error: { code: 'RESPONSE_TOO_LARGE' } });
  });
});

describe('the secret in an answer', () => {
  it('becomes $CLIENT_SECRET wherever and however it comes back', async () => {
    const forms = [
      SECRET_VALUE,
      Buffer.from(SECRET_VALUE).toString('base64'),
      Buffer.from(`user:${SECRET_VALUE}`).toString('base64'),
      Buffer.from(`x:${SECRET_VALUE}`).toString('base64url'),
      Buffer.from(SECRET_VALUE).toString('hex'),
      encodeURIComponent(SECRET_VALUE).replaceAll('-', '%2D'),
    ];
    const answer = { headers: { 'x-echo': `key=${SECRET_VALUE}`, [`x-${SECRET_VALUE}`]: 'v' }, body: { forms } };
    const request = await answeredWith(answer);
    const text = JSON.stringify(request);
    for (const form of forms) expect(text).not.toContain(form);
    expect(request.responseHeaders).toMatchObject({ 'x-echo': 'key=$CLIENT_SECRET' });
    expect(request.responseBody).toMatchObject({ forms: { 0: '$CLIENT_SECRET' } });
    expect(shared.server.log()).not.toContain(SECRET_VALUE);
  });

  it('stands nowhere in what is shown of the request', async () => {
    const request = await answeredWith(
      { body: 'ok' },
      { url: `${shared.thirdParty.origin}/v1?k=$CLIENT_SECRET`, data: { a: '$CLIENT_SECRET' } },
    );
    expect(request).toMatchObject({
      url: `${shared.thirdParty.origin}/v1?k=$CLIENT_SECRET`,
      requestHeaders: { authorization: 'Bearer $CLIENT_SECRET' },
      requestBody: { a: '$CLIENT_SECRET' },
    });
  });
});
