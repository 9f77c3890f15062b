import { beforeAll, describe, expect, it } from 'vitest';
import { refusalIn, secretsOf } from '../../support/client-secrets.ts';
import { SECRET_VALUE, SUBMIT, submit } from '../../support/secrets.ts';
import type { TestApplication } from '../../support/server.ts';
import { shareServer } from '../../support/shared.ts';
import type { ReceivedRequest } from '../../support/third-party.ts';

const shared = shareServer();
const ODD = 'a"b\\c&d=e+f%g ü€';
let app: TestApplication;
beforeAll(async () => {
  app = await shared.server.createApplication();
  const rules = { allowedUrls: [shared.thirdParty.origin], allowedPlacements: ['HEADERS', 'PARAMS', 'DATA', 'URL'] };
  const secrets = secretsOf(shared.server, app.asApplication);
  await secrets.create({ name: 'plain', clientId: 'my-id', ...rules });
  await secrets.create({ name: 'odd', clientSecret: ODD, ...rules });
});

const KEY = { 'X-Key': '$CLIENT_SECRET' };
const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' };
const MULTIPART = { 'content-type': 'multipart/form-data' };

async function send(input: object): Promise<ReceivedRequest & { text: string }> {
  const before = shared.thirdParty.requests.length;
  const url = `${shared.thirdParty.origin}/v1`;
  const request = await submit(shared.server, app.asVisitor(), {
    clientSecretName: 'plain',
    url,
    headers: KEY,
    wait: 10_000,
    ...input,
  });
  expect(request.error).toBeNull();
  const received = shared.thirdParty.requests[before];
  if (received === undefined) throw new Error('Nothing arrived');
  return { ...received, text: received.body.toString() };
}

async function refusal(input: object): Promise<string> {
  const url = `${shared.thirdParty.origin}/v1`;
  const given = { clientSecretName: 'plain', url, method: 'POST', headers: KEY, ...input };
  return refusalIn((await shared.server.post(app.asVisitor(), SUBMIT, { input: given })).errors);
}

describe('the OpenAI images example', () => {
  it('arrives exactly as it was written, with the secret in its place', async () => {
    const data = { model: 'gpt-image-1.5', prompt: 'A cute baby sea otter', n: 1, size: '1024x1024' };
    const received = await send({
      url: `${shared.thirdParty.origin}/v1/images/generations`,
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: 'Bearer $CLIENT_SECRET' },
      data,
    });
    expect(received).toMatchObject({ method: 'POST', url: '/v1/images/generations' });
    expect(received.text).toBe(JSON.stringify(data));
    expect(received.headers).toMatchObject({
      authorization: `Bearer ${SECRET_VALUE}`,
      'content-type': 'application/json',
      'content-length': String(received.body.length),
    });
  });
});

describe('JSON', () => {
  it('is the encoding by default, with the values escaped at any depth and keys left alone', async () => {
    const received = await send({
      clientSecretName: 'odd',
      headers: null,
      data: { z: [{ $CLIENT_SECRET: 'x $CLIENT_SECRET' }], a: 1.5, b: true, c: null, d: 'ü\u2028', e: {} },
    });
    expect(received.headers['content-type']).toBe('application/json');
    expect(received.text).toBe(
      JSON.stringify({ z: [{ $CLIENT_SECRET: `x ${ODD}` }], a: 1.5, b: true, c: null, d: 'ü\u2028', e: {} }),
    );
  });

  it('may be of any type, and of a type of its own', async () => {
    expect((await send({ data: ['a', 1] })).text).toBe('["a",1]');
    expect((await send({ data: 'text' })).text).toBe('"text"');
    expect((await send({ data: 5 })).text).toBe('5');
    expect((await send({ data: false })).text).toBe('false');
    const patch = await send({
      method: 'PATCH',
      headers: { ...KEY, 'content-type': 'application/merge-patch+json; charset=utf-8' },
      data: { a: null },
    });
    expect([patch.method, patch.text, patch.headers['content-type']]).toEqual([
      'PATCH',
      '{"a":null}',
      'application/merge-patch+json; charset=utf-8',
    ]);
  });

  it('is left out where there is no data', async () => {
    for (const input of [{}, { data: null }]) {
      const { body, headers } = await send({ method: 'PUT', ...input });
      expect(body).toHaveLength(0);
      expect(headers).not.toHaveProperty('content-type');
    }
  });

  it('keeps the order of its keys', async () => {
    const data = JSON.parse('{"zebra":1,"apple":{"y":1,"x":2},"__proto__":"p","mango":3}');
    expect((await send({ data })).text).toBe('{"zebra":1,"apple":{"y":1,"x":2},"__proto__":"p","mango":3}');
  });

  it('arrives as it was written as a literal in the document too', async () => {
    const before = shared.thirdParty.requests.length;
    await shared.server.post(
      app.asVisitor(),
      `mutation { clientSecretRequest(input: { clientSecretName: "plain", url: "${shared.thirdParty.origin}/", method: POST,
        data: { z: 1, a: [1.50, "$CLIENT_SECRET", true, null], b: { c: "d" } }, wait: 10000 }) { request { id } } }`,
    );
    expect(shared.thirdParty.requests[before]?.body.toString()).toBe(
      `{"z":1,"a":[1.5,"${SECRET_VALUE}",true,null],"b":{"c":"d"}}`,
    );
  });

  it('takes variables within a literal, and leaves out those that were not given', async () => {
    const before = shared.thirdParty.requests.length;
    await shared.server.post(
      app.asVisitor(),
      `mutation ($given: JSON, $absent: JSON) { clientSecretRequest(input: {
        clientSecretName: "plain", url: "${shared.thirdParty.origin}/", method: POST,
        data: { a: $given, b: $absent, c: [$given], key: "$CLIENT_SECRET" }, wait: 10000 }) { request { id } } }`,
      { given: { size: 1 } },
    );
    expect(shared.thirdParty.requests[before]?.body.toString()).toBe(
      `{"a":{"size":1},"c":[{"size":1}],"key":"${SECRET_VALUE}"}`,
    );
  });

  it('is refused with an enum value anywhere in a literal: JSON has none', async () => {
    const before = shared.thirdParty.requests.length;
    for (const [literals, variables] of [
      ['method: POST, data: LARGE'],
      ['method: POST, data: { size: LARGE, n: 1 }'],
      ['method: POST, data: [1, { a: [LARGE] }]'],
      ['method: POST, headers: { a: LARGE }'],
      ['method: GET, params: { a: { b: LARGE } }'],
      ['method: POST, data: $data', '($data: JSON = { a: LARGE })'],
    ]) {
      const url = `${shared.thirdParty.origin}/?key=$CLIENT_SECRET`;
      const { errors } = await shared.server.post(
        app.asVisitor(),
        `mutation ${variables ?? ''} { clientSecretRequest(input: {
          clientSecretName: "plain", url: "${url}", wait: 10000, ${literals} }) { request { id } } }`,
      );
      expect(refusalIn(errors), literals).toBe('GRAPHQL_VALIDATION_FAILED');
      expect(errors[0]?.message).toMatch(/^Expected value of type "JSON(Object)?"; found another\.$/);
    }
    expect(shared.thirdParty.requests).toHaveLength(before);
  });
});

describe('a form', () => {
  it('has names with brackets, and encodes values after they are put in', async () => {
    const received = await send({
      clientSecretName: 'odd',
      headers: { ...FORM },
      data: {
        grant: 'x y',
        metadata: { key: 'v', b: { c: 1 } },
        items: [{ id: 'w' }, 'x'],
        secret: '$CLIENT_SECRET',
        no: null,
        yes: true,
      },
    });
    expect(received.headers['content-type']).toBe('application/x-www-form-urlencoded');
    const pairs = [...new URLSearchParams(received.text)];
    expect(pairs).toEqual([
      ['grant', 'x y'],
      ['metadata[key]', 'v'],
      ['metadata[b][c]', '1'],
      ['items[0][id]', 'w'],
      ['items[1]', 'x'],
      ['secret', ODD],
      ['yes', 'true'],
    ]);
    expect(received.text).toContain('metadata[key]=v');
  });

  it('must be an object', async () => {
    for (const data of ['a=b', ['a'], 5]) {
      expect(await refusal({ headers: { ...KEY, ...FORM }, data })).toBe('INVALID_PARAMETER input.data');
    }
  });
});

describe('multipart/form-data', () => {
  it('has a part for each string and each file, byte for byte', async () => {
    const bytes = Buffer.from([0, 255, 13, 10, 45, 45, 128]);
    const received = await send({
      clientSecretName: 'odd',
      headers: { ...KEY, ...MULTIPART, 'X-Key': 'none' },
      data: {
        model: 'gpt-image',
        secret: 'is $CLIENT_SECRET',
        image: { filename: 'ö "q".png', contentType: 'image/png', base64: bytes.toString('base64') },
        many: ['a', { filename: 'b.bin', base64: '' }],
      },
    });
    const type = received.headers['content-type'] ?? '';
    expect(type).toMatch(/^multipart\/form-data; boundary=[\w-]+$/);
    // Read by Node's own parser of the Fetch standard.
    const form = await new Response(new Uint8Array(received.body), { headers: { 'content-type': type } }).formData();
    expect(form.get('model')).toBe('gpt-image');
    expect(form.get('secret')).toBe(`is ${ODD}`);
    const image = form.get('image') as File;
    expect([image.name, image.type, Buffer.from(await image.arrayBuffer())]).toEqual(['ö "q".png', 'image/png', bytes]);
    const [first, second] = form.getAll('many');
    expect(first).toBe('a');
    expect(second).toMatchObject({ name: 'b.bin', type: 'application/octet-stream', size: 0 });
  });

  it('is refused with the path of a part that is none', async () => {
    const faults: [unknown, string][] = [
      ['text', 'input.data'],
      [[], 'input.data'],
      [{ a: 5 }, 'input.data.a'],
      [{ a: null }, 'input.data.a'],
      [{ a: ['ok', 5] }, 'input.data.a[1]'],
      [{ a: { filename: 'x' } }, 'input.data.a.base64'],
      [{ a: { base64: '' } }, 'input.data.a.filename'],
      [{ a: { filename: 'x', base64: '!' } }, 'input.data.a.base64'],
      [{ a: { filename: 'x', base64: '', contentType: 'a\r\nb' } }, 'input.data.a.contentType'],
      [{ a: { filename: 'x', base64: '', other: 1 } }, 'input.data.a.other'],
    ];
    for (const [data, parameter] of faults) {
      expect(await refusal({ headers: { ...KEY, ...MULTIPART }, data }), JSON.stringify(data)).toBe(
        `INVALID_PARAMETER ${parameter}`,
      );
    }
  });
});

describe('text', () => {
  it('of any other type is sent as it is, with the values as they are', async () => {
    for (const type of ['text/plain', 'text/xml; charset=utf-8', 'application/xml', 'application/x-ndjson']) {
      const received = await send({
        clientSecretName: 'odd',
        headers: { 'Content-Type': type },
        data: '<a b="$CLIENT_SECRET">ü</a>\n',
      });
      expect([received.text, received.headers['content-type']]).toEqual([`<a b="${ODD}">ü</a>\n`, type]);
    }
  });

  it('must be a string', async () => {
    expect(await refusal({ headers: { ...KEY, 'Content-Type': 'text/plain' }, data: { a: 1 } })).toBe(
      'INVALID_PARAMETER input.data',
    );
  });
});
