import { beforeAll, describe, expect, it } from 'vitest';
import { refusalIn, secretsOf } from '../../support/client-secrets.ts';
import { SECRET_VALUE, SUBMIT, submit } from '../../support/secrets.ts';
import type { TestApplication } from '../../support/server.ts';
import { shareServer } from '../../support/shared.ts';
import type { ReceivedRequest } from '../../support/third-party.ts';

const shared = shareServer();
const SPACED = ' a key with a space at either end ';
const EVERYWHERE = ['HEADERS', 'PARAMS', 'DATA', 'URL'];
let app: TestApplication;
beforeAll(async () => {
  app = await shared.server.createApplication();
  const { origin } = shared.thirdParty;
  const secrets = secretsOf(shared.server, app.asApplication);
  const rules = { allowedUrls: [origin], allowedPlacements: EVERYWHERE };
  await secrets.create({ name: 'plain', clientId: 'my-id', ...rules });
  await secrets.create({ name: 'without ID', ...rules });
  await secrets.create({ name: 'odd', clientSecret: 'a b&c=d"e+%2F$é', clientId: 'i:d', ...rules });
  await secrets.create({ name: 'spaced', clientSecret: SPACED, ...rules });
  await secrets.create({
    name: 'tricky',
    clientSecret: '$CLIENT_ID$BASE64($CLIENT_SECRET)',
    clientId: '$CLIENT_SECRET',
    ...rules,
  });
  await secrets.create({ name: 'dots', clientSecret: '12345678/../admin', ...rules });
});

/** What the third party receives. */
async function send(input: object): Promise<ReceivedRequest> {
  const before = shared.thirdParty.requests.length;
  const url = `${shared.thirdParty.origin}/v1`;
  const request = await submit(shared.server, app.asVisitor(), {
    clientSecretName: 'plain',
    url,
    wait: 10_000,
    ...input,
  });
  expect(request.error).toBeNull();
  const received = shared.thirdParty.requests[before];
  if (received === undefined) throw new Error('Nothing arrived');
  return received;
}

async function refusal(input: object): Promise<string> {
  const before = shared.thirdParty.requests.length;
  const url = `${shared.thirdParty.origin}/v1`;
  const given = { clientSecretName: 'plain', url, method: 'POST', wait: 10_000, ...input };
  const { errors, text } = await shared.server.post(app.asVisitor(), SUBMIT, { input: given });
  expect(shared.thirdParty.requests).toHaveLength(before);
  expect(text).not.toContain(SECRET_VALUE);
  return refusalIn(errors);
}

describe('placeholders in headers', () => {
  it('stand for the values, as often as they are there', async () => {
    const { headers } = await send({
      headers: {
        Authorization: 'Bearer $CLIENT_SECRET',
        'X-Both': '$CLIENT_ID:$CLIENT_SECRET,$CLIENT_SECRET',
        'X-Number': 5,
      },
    });
    expect(headers).toMatchObject({
      authorization: `Bearer ${SECRET_VALUE}`,
      'x-both': `my-id:${SECRET_VALUE},${SECRET_VALUE}`,
      'x-number': '5',
    });
  });

  it('are plain text where the name goes on', async () => {
    const { headers } = await send({
      headers: {
        a: '$CLIENT_SECRETS $CLIENT_SECRET_ $CLIENT_SECRET2 $CLIENT_IDS $client_secret $$CLIENT_SECRET-x CLIENT_SECRET',
      },
    });
    expect(headers.a).toBe(
      `$CLIENT_SECRETS $CLIENT_SECRET_ $CLIENT_SECRET2 $CLIENT_IDS $client_secret $${SECRET_VALUE}-x CLIENT_SECRET`,
    );
  });

  it('stay what they are in names', async () => {
    const { rawHeaders } = await send({ headers: { $CLIENT_SECRET: 'x', key: '$CLIENT_SECRET' } });
    expect(rawHeaders).toContain('$CLIENT_SECRET');
    expect(await refusal({ headers: { $CLIENT_SECRET: 'x' } })).toBe('INVALID_PARAMETER input');
  });

  it('are put in once, never again inside of what was put in', async () => {
    const { headers } = await send({
      clientSecretName: 'tricky',
      headers: { a: '$CLIENT_ID $CLIENT_SECRET', b: '$BASE64($CLIENT_ID)' },
    });
    expect(headers.a).toBe('$CLIENT_SECRET $CLIENT_ID$BASE64($CLIENT_SECRET)');
    expect(headers.b).toBe(Buffer.from('$CLIENT_SECRET').toString('base64'));
  });

  it('are refused for a value that a header cannot carry', async () => {
    for (const clientSecretName of ['odd', 'spaced']) {
      expect(await refusal({ clientSecretName, headers: { 'X-Key': '$CLIENT_SECRET' } }), clientSecretName).toBe(
        'INVALID_PARAMETER input.headers.X-Key',
      );
    }
  });
});

describe('a value with a space at either end', () => {
  const spaced = { clientSecretName: 'spaced', headers: null };

  it('arrives with its spaces in data, in params and in Base64', async () => {
    const { body } = await send({ ...spaced, method: 'POST', data: { key: '$CLIENT_SECRET' } });
    expect(JSON.parse(String(body))).toEqual({ key: SPACED });
    const { url } = await send({ ...spaced, method: 'GET', params: { key: '$CLIENT_SECRET' } });
    expect(url).toBe(`/v1?key=${encodeURIComponent(SPACED)}`);
    const { headers } = await send({ ...spaced, headers: { a: '$BASE64($CLIENT_SECRET)' } });
    expect(headers.a).toBe(Buffer.from(SPACED).toString('base64'));
  });

  it('is taken out of answers that have it without them', async () => {
    shared.thirdParty.answerWith(() => ({ body: { got: SPACED.trim() }, headers: { 'x-got': SPACED.trim() } }));
    const url = `${shared.thirdParty.origin}/v1`;
    const input = { ...spaced, url, data: { key: '$CLIENT_SECRET' }, wait: 10_000 };
    const { status, responseBody, responseHeaders } = await submit(shared.server, app.asVisitor(), input);
    expect([status, responseBody]).toEqual(['RESOLVED', { got: '$CLIENT_SECRET' }]);
    expect(responseHeaders?.['x-got']).toBe('$CLIENT_SECRET');
  });
});

describe('$BASE64(…)', () => {
  it('gives the Base64 of the UTF-8 of the text with the values in it', async () => {
    const { headers } = await send({ headers: { authorization: 'Basic $BASE64($CLIENT_ID:$CLIENT_SECRET)!' } });
    expect(headers.authorization).toBe(`Basic ${Buffer.from(`my-id:${SECRET_VALUE}`).toString('base64')}!`);
    const odd = await send({ clientSecretName: 'odd', headers: { a: '$BASE64(ü$CLIENT_SECRET)' } });
    expect(odd.headers.a).toBe(Buffer.from('üa b&c=d"e+%2F$é').toString('base64'));
  });

  it('ends at the first parenthesis, and does not nest', async () => {
    const { headers } = await send({ headers: { a: '$BASE64(x$BASE64($CLIENT_SECRET))' } });
    expect(headers.a).toBe(`${Buffer.from(`x$BASE64(${SECRET_VALUE}`).toString('base64')})`);
  });

  it('without a placeholder in it, or without an end, is refused', async () => {
    const rest = { b: '$CLIENT_SECRET' };
    for (const a of ['$BASE64(plain)', '$BASE64()', '$BASE64($CLIENT_SECRETS)', '$BASE64($CLIENT_SECRET']) {
      expect(await refusal({ headers: { a, ...rest } }), a).toBe('INVALID_PARAMETER input.headers.a');
      expect(await refusal({ headers: rest, data: { deep: [{ a }] } }), a).toBe(
        'INVALID_PARAMETER input.data.deep[0].a',
      );
    }
    const url = `${shared.thirdParty.origin}/?a=$BASE64(x)`;
    expect(await refusal({ url, headers: rest })).toBe('INVALID_PARAMETER input.url');
  });

  it('stands for $CLIENT_SECRET by itself', async () => {
    expect((await send({ headers: { a: '$BASE64($CLIENT_SECRET)' } })).headers.a).toBe(
      Buffer.from(SECRET_VALUE).toString('base64'),
    );
  });
});

describe('$CLIENT_SECRET', () => {
  it('must appear at least once where it is a placeholder', async () => {
    const headers = null;
    expect(await refusal({ headers })).toBe('INVALID_PARAMETER input');
    expect(await refusal({ headers, data: { a: '$CLIENT_ID' } })).toBe('INVALID_PARAMETER input');
    expect(await refusal({ headers, data: { $CLIENT_SECRET: 'a', b: '$CLIENT_SECRETS' } })).toBe(
      'INVALID_PARAMETER input',
    );
  });
});

describe('$CLIENT_ID', () => {
  it('is refused where the client secret has none', async () => {
    const headers = { a: '$CLIENT_SECRET' };
    expect(await refusal({ clientSecretName: 'without ID', headers: { ...headers, b: '$CLIENT_ID' } })).toBe(
      'INVALID_PARAMETER input.headers.b',
    );
    expect(await refusal({ clientSecretName: 'without ID', headers, data: ['$BASE64($CLIENT_ID)'] })).toBe(
      'INVALID_PARAMETER input.data[0]',
    );
  });
});

describe('placeholders in the URL', () => {
  it('stand in its path and its query, percent-encoded', async () => {
    const { origin } = shared.thirdParty;
    const both = await send({
      method: 'GET',
      headers: null,
      url: `${origin}/$CLIENT_ID/x?key=$CLIENT_SECRET&$CLIENT_ID`,
    });
    expect(both.url).toBe(`/my-id/x?key=${SECRET_VALUE}&my-id`);
    const odd = await send({
      clientSecretName: 'odd',
      method: 'GET',
      headers: null,
      url: `${origin}/a?key=$CLIENT_SECRET`,
    });
    expect(odd.url).toBe('/a?key=a%20b%26c%3Dd%22e%2B%252F%24%C3%A9');
  });

  it('are refused where the value could lead to another path', async () => {
    const { origin } = shared.thirdParty;
    for (const clientSecretName of ['dots', 'odd']) {
      expect(await refusal({ clientSecretName, method: 'GET', url: `${origin}/v1/$CLIENT_SECRET` })).toBe(
        'INVALID_PARAMETER input.url',
      );
    }
    expect(
      (await send({ clientSecretName: 'dots', method: 'GET', headers: null, url: `${origin}/?k=$CLIENT_SECRET` })).url,
    ).toBe('/?k=12345678%2F..%2Fadmin');
  });

  it('leave the rest of it as it was written', async () => {
    const { origin } = shared.thirdParty;
    const { url } = await send({ method: 'GET', headers: null, url: `${origin}/ä/%7Eb?q=%20+x&k=$CLIENT_SECRET&e=` });
    expect(url).toBe(`/%C3%A4/%7Eb?q=%20+x&k=${SECRET_VALUE}&e=`);
  });
});

describe('headers', () => {
  it('arrive with the name and the value that were given', async () => {
    const { rawHeaders, headers } = await send({
      headers: { 'X-Mixed-Case': ' padded ', Authorization: '$CLIENT_SECRET', 'User-Agent': 'mine/1.0', Accept: 'a/b' },
    });
    expect(rawHeaders).toContain('X-Mixed-Case');
    expect(headers).toMatchObject({ 'x-mixed-case': 'padded', 'user-agent': 'mine/1.0', accept: 'a/b' });
  });

  it("have the server's own User-Agent unless told", async () => {
    expect((await send({})).headers['user-agent']).toMatch(/^Keyhole/);
  });

  it('that belong to one hop or to the server are refused, and so is what is no header', async () => {
    const names = [
      'Host',
      'content-length',
      'Connection',
      'Transfer-Encoding',
      'TE',
      'Trailer',
      'Upgrade',
      'Keep-Alive',
      'Proxy-Authorization',
      'Proxy-Connection',
      'Expect',
      'a b',
      '',
      'a:b',
      'ä',
      'a\nb',
    ];
    for (const name of names) {
      expect(await refusal({ headers: { a: '$CLIENT_SECRET', [name]: 'x' } }), name).toBe(
        `INVALID_PARAMETER input.headers.${name}`,
      );
    }
    for (const value of ['a\nb', 'a\rb', 'ä', '\u0000', '\t', null, true, {}, ['x']]) {
      expect(await refusal({ headers: { a: '$CLIENT_SECRET', b: value } }), String(value)).toBe(
        'INVALID_PARAMETER input.headers.b',
      );
    }
    expect(await refusal({ headers: { a: '$CLIENT_SECRET', A: 'x' } })).toBe('INVALID_PARAMETER input.headers.A');
  });
});
