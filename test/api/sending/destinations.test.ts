import { beforeAll, describe, expect, it } from 'vitest';
import { refusalIn, secretsOf } from '../../support/client-secrets.ts';
import { SUBMIT, submit } from '../../support/secrets.ts';
import type { TestApplication } from '../../support/server.ts';
import { shareServer } from '../../support/shared.ts';

const ADDRESSES: Record<string, string> = {
  'private.names.test': '10.1.2.3',
  'metadata.names.test': '169.254.169.254',
};
const shared = shareServer({
  overrides: {
    async resolve(hostname) {
      const address = ADDRESSES[hostname];
      if (address === undefined) throw Object.assign(new Error('no such name'), { code: 'ENOTFOUND' });
      return [address];
    },
  },
});
let app: TestApplication;
beforeAll(async () => {
  app = await shared.server.createApplication();
});

let count = 0;
/** Keeps a secret with these rules, and tells what a submission of it is answered. */
async function tryWith(rules: object) {
  const name = `secret ${count++}`;
  await secretsOf(shared.server, app.asApplication).create({ name, ...rules });
  return async (input: object): Promise<string> => {
    const { errors } = await shared.server.post(app.asVisitor(), SUBMIT, {
      input: {
        clientSecretName: name,
        method: 'GET',
        headers: { authorization: '$CLIENT_SECRET' },
        expires: 1,
        ...input,
      },
    });
    return refusalIn(errors);
  };
}
const NOT_ALLOWED = 'DESTINATION_NOT_ALLOWED input.url';

describe('allowedUrls', () => {
  it('compare scheme, host and port, and the path on the boundary of a segment', async () => {
    const attempt = await tryWith({ allowedUrls: ['https://api.test/v1'] });
    for (const url of [
      'https://api.test/v1',
      'https://api.test/v1/',
      'https://api.test/v1/x/y?z=1',
      'https://api.test/v1?x',
      'https://API.test:443/v1/x',
    ]) {
      expect(await attempt({ url }), url).toBe('none');
    }
    for (const url of [
      'https://api.test/v10',
      'https://api.test/v1x',
      'https://api.test/V1',
      'https://api.test/',
      'https://api.test',
      'https://api.test/v1/../admin',
      'https://api.test/v1/%2e%2e/admin',
      'https://api.test/v1/.%2E/admin',
      'https://api.test/v1/%252e%252e/admin',
      'https://api.test/v1/..%2fadmin',
      'https://api.test/v1/x%2fy',
      'https://api.test/v1/x%255cy',
      'https://api.test/v1/x\\y',
      'https://api.test/v1/./x',
      'https://api.test:444/v1',
      'https://other.test/v1',
      'https://api.test.evil.example/v1',
      'https://xapi.test/v1',
    ]) {
      expect(await attempt({ url }), url).toBe(NOT_ALLOWED);
    }
  });

  it('end with a slash for what lies below alone', async () => {
    const attempt = await tryWith({ allowedUrls: ['https://api.test/v1/'] });
    expect(await attempt({ url: 'https://api.test/v1/x' })).toBe('none');
    expect(await attempt({ url: 'https://api.test/v1' })).toBe(NOT_ALLOWED);
  });

  it('let a leading *. stand for one or more labels, never for the bare domain', async () => {
    const attempt = await tryWith({ allowedUrls: ['https://*.api.test/v1'] });
    for (const host of ['a.api.test', 'a.b.api.test', 'A.API.TEST']) {
      expect(await attempt({ url: `https://${host}/v1` }), host).toBe('none');
    }
    for (const host of ['api.test', 'xapi.test', '.api.test', 'a.api.test.example', 'a..api.test']) {
      const refusal = await attempt({ url: `https://${host}/v1` });
      expect(refusal, host).toMatch(/^(DESTINATION_NOT_ALLOWED|INVALID_PARAMETER) input\.url$/);
    }
  });

  it('are any of several', async () => {
    const attempt = await tryWith({ allowedUrls: ['https://a.test/x', 'https://b.test'] });
    expect(await attempt({ url: 'https://a.test/x' })).toBe('none');
    expect(await attempt({ url: 'https://b.test/y' })).toBe('none');
    expect(await attempt({ url: 'https://a.test/y' })).toBe(NOT_ALLOWED);
  });
});

describe('allowedMethods', () => {
  it('allow every method when empty, and those listed alone otherwise', async () => {
    const any = await tryWith({ allowedUrls: ['https://api.test'] });
    const some = await tryWith({ allowedUrls: ['https://api.test'], allowedMethods: ['GET', 'POST'] });
    const url = 'https://api.test/';
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) {
      expect(await any({ url, method })).toBe('none');
      const refusal = ['GET', 'POST'].includes(method) ? 'none' : 'DESTINATION_NOT_ALLOWED input.method';
      expect(await some({ url, method })).toBe(refusal);
    }
  });
});

describe('allowedPlacements', () => {
  const url = 'https://api.test/';
  const USES: [string, object, string][] = [
    ['HEADERS', { url, headers: { 'X-Key': 'k $CLIENT_SECRET' } }, 'input.headers.X-Key'],
    ['PARAMS', { url, headers: null, params: { a: { b: ['', '$CLIENT_SECRET'] } } }, 'input.params.a.b[1]'],
    ['DATA', { url, method: 'POST', headers: null, data: { token: '$CLIENT_SECRET' } }, 'input.data.token'],
    ['URL', { url: `${url}x?key=$CLIENT_SECRET`, headers: null }, 'input.url'],
  ];

  it('are HEADERS alone unless told, and refuse a placeholder anywhere else', async () => {
    const attempt = await tryWith({ allowedUrls: [url] });
    for (const [placement, input, parameter] of USES) {
      expect(await attempt(input)).toBe(placement === 'HEADERS' ? 'none' : `INVALID_PARAMETER ${parameter}`);
    }
  });

  it.each(USES)('allow %s where it is listed', async (placement, input) => {
    const attempt = await tryWith({ allowedUrls: [url], allowedPlacements: [placement] });
    expect(await attempt(input)).toBe('none');
    for (const [other, otherInput, parameter] of USES) {
      if (other !== placement) expect(await attempt(otherInput)).toBe(`INVALID_PARAMETER ${parameter}`);
    }
  });

  it('are named by the refusal, with what the owner would have to allow', async () => {
    await secretsOf(shared.server, app.asApplication).create({ name: 'headers alone' });
    const { errors } = await shared.server.post(app.asVisitor(), SUBMIT, {
      input: { clientSecretName: 'headers alone', url: 'https://api.test', method: 'POST', data: '$CLIENT_SECRET' },
    });
    expect(errors[0]?.message).toMatch(/DATA.*owner.*allowedPlacements/);
  });
});

describe('what can never be reached', () => {
  it('is refused at submission', async () => {
    const attempt = await tryWith({ allowedUrls: ['https://*.api.test', 'https://api.test'] });
    for (const url of [
      'http://api.test/',
      'ftp://api.test/',
      '//api.test/',
      'api.test',
      '',
      'https://',
      'https://u:p@api.test/',
      'https://u@api.test/',
      'https://api.test/#fragment',
      'https://api.test/#',
      'https://api.test/a b',
      'https://api.test/\t',
      'https://api.test/a\u0000b',
      'https://$CLIENT_SECRET.test/',
      'https://api.test:$CLIENT_ID/',
      'https://api.test/%4$CLIENT_SECRET',
    ]) {
      expect(await attempt({ url }), url).toMatch(/^(INVALID_PARAMETER|DESTINATION_NOT_ALLOWED) input\.url$/);
    }
  });

  it('shows only at connecting where it depends on the name, and is then the error of the request', async () => {
    const secrets = secretsOf(shared.server, app.asApplication);
    await secrets.create({ name: 'names', allowedUrls: ['https://*.names.test'] });
    const send = async (host: string) => {
      const url = `https://${host}.names.test/`;
      const { status, statusCode, error } = await submit(shared.server, app.asVisitor(), {
        clientSecretName: 'names',
        url,
        wait: 10_000,
      });
      return { status, statusCode, code: error?.code };
    };
    expect(await send('nothing')).toEqual({ status: 'FAILED', statusCode: null, code: 'UPSTREAM_UNREACHABLE' });
    expect(await send('private')).toEqual({ status: 'FAILED', statusCode: null, code: 'DESTINATION_NOT_ALLOWED' });
    expect(await send('metadata')).toEqual({ status: 'FAILED', statusCode: null, code: 'DESTINATION_NOT_ALLOWED' });
  });
});
