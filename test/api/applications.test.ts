import { describe, expect, it } from 'vitest';
import type { Headers } from '../support/graphql.ts';
import type { TestApplication } from '../support/server.ts';
import { shareServer } from '../support/shared.ts';

const shared = shareServer();

const APPLICATION = `id name enabled allowedOrigins userTokens { issuer audience jwksUrl } requestsPerMinute
  credentials { id label clientId createdAt lastUsedAt } createdAt`;
const CREATE = `mutation ($input: CreateApplicationInput!) {
  createApplication(input: $input) { application { ${APPLICATION} } clientId clientSecret }
}`;
const UPDATE = `mutation ($input: UpdateApplicationInput!) {
  updateApplication(input: $input) { application { ${APPLICATION} } }
}`;
const ADD_CREDENTIAL = `mutation ($input: CreateApplicationCredentialInput!) {
  createApplicationCredential(input: $input) { credential { id label clientId lastUsedAt } clientId clientSecret }
}`;
const REVOKE =
  'mutation ($input: RevokeApplicationCredentialInput!) { revokeApplicationCredential(input: $input) { id } }';

interface Application {
  id: string;
  name: string;
  enabled: boolean;
  allowedOrigins: string[];
  userTokens: { issuer: string; audience: string; jwksUrl: string } | null;
  requestsPerMinute: number | null;
  credentials: { id: string; label: string | null; clientId: string; createdAt: string; lastUsedAt: string | null }[];
  createdAt: string;
}
interface Added {
  createApplicationCredential: {
    credential: { id: string; label: string | null };
    clientId: string;
    clientSecret: string;
  };
}

const TOKENS = { issuer: 'https://id.example', audience: 'shop', jwksUrl: 'https://id.example/jwks' };

async function run<Data>(headers: Headers, query: string, input: object): Promise<Data> {
  return (await shared.server.post<Data>(headers, query, { input })).data;
}

async function refusalOf(headers: Headers, query: string, input: object): Promise<string> {
  const { errors } = await shared.server.post(headers, query, { input });
  return [errors[0]?.extensions.code, errors[0]?.extensions.parameter].filter(Boolean).join(' ');
}

async function update(app: Pick<TestApplication, 'id'>, changes: object): Promise<Application> {
  const data = await run<{ updateApplication: { application: Application } }>(shared.server.asOperator, UPDATE, {
    id: app.id,
    ...changes,
  });
  return data.updateApplication.application;
}

async function statusOf(headers: Headers): Promise<number> {
  return (await shared.server.post(headers, '{ viewer { kind } }')).status;
}

describe('an application', () => {
  it('is made by the operator, with a client secret that is shown once', async () => {
    const created = await shared.server.post<{
      createApplication: { application: Application; clientId: string; clientSecret: string };
    }>(shared.server.asOperator, CREATE, {
      input: {
        name: 'shop',
        allowedOrigins: ['https://Shop.example:443', 'http://localhost:3000'],
        requestsPerMinute: 60,
      },
    });
    const { application, clientId, clientSecret } = created.data.createApplication;
    expect(application).toMatchObject({
      name: 'shop',
      enabled: true,
      allowedOrigins: ['https://shop.example', 'http://localhost:3000'],
      userTokens: null,
      requestsPerMinute: 60,
      credentials: [{ clientId, label: null, lastUsedAt: null }],
    });
    expect(application.createdAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    // 160 bits and more, and a prefix.
    expect(clientSecret).toMatch(/^[a-z]+_[A-Za-z0-9_-]{27,}$/);
    const listed = await shared.server.post(shared.server.asOperator, `{ applications { nodes { ${APPLICATION} } } }`);
    expect(listed.text).toContain(clientId);
    expect(listed.text).not.toContain(clientSecret);
    expect(shared.server.log()).not.toContain(clientSecret);
  });

  it('keeps what an update leaves out, and clears what is null', async () => {
    const app = await shared.server.createApplication({
      name: 'a',
      allowedOrigins: ['https://a.example'],
      requestsPerMinute: 5,
      userTokens: TOKENS,
    });
    expect(await update(app, { name: 'b' })).toMatchObject({
      name: 'b',
      allowedOrigins: ['https://a.example'],
      requestsPerMinute: 5,
      userTokens: TOKENS,
    });
    expect(await update(app, { requestsPerMinute: null, userTokens: null, allowedOrigins: null })).toMatchObject({
      name: 'b',
      allowedOrigins: [],
      requestsPerMinute: null,
      userTokens: null,
    });
  });

  it('that is disabled has no callers until it is enabled again', async () => {
    const app = await shared.server.createApplication();
    const user = await app.asUser('ann');
    await update(app, { enabled: false });
    for (const headers of [app.asApplication, app.asVisitor(), user]) expect(await statusOf(headers)).toBe(401);
    await update(app, { enabled: true });
    for (const headers of [app.asApplication, app.asVisitor(), user]) expect(await statusOf(headers)).toBe(200);
  });

  it('is refused with the path of what is wrong', async () => {
    const app = await shared.server.createApplication();
    const operator = shared.server.asOperator;
    const faults: [object, string][] = [
      [{ name: '' }, 'input.name'],
      [{ name: 'a\u0000b' }, 'input.name'],
      [{ name: 'x'.repeat(256) }, 'input.name'],
      [{ name: 'x', allowedOrigins: ['https://ok.example', 'https://a.example/path'] }, 'input.allowedOrigins[1]'],
      [{ name: 'x', allowedOrigins: ['*'] }, 'input.allowedOrigins[0]'],
      [{ name: 'x', allowedOrigins: ['null'] }, 'input.allowedOrigins[0]'],
      [{ name: 'x', requestsPerMinute: 0 }, 'input.requestsPerMinute'],
      [{ name: 'x', requestsPerMinute: -1 }, 'input.requestsPerMinute'],
      [{ name: 'x', userTokens: { ...TOKENS, issuer: '' } }, 'input.userTokens.issuer'],
      [{ name: 'x', userTokens: { ...TOKENS, jwksUrl: 'http://id.example/jwks' } }, 'input.userTokens.jwksUrl'],
      [{ name: 'x', userTokens: { ...TOKENS, jwksUrl: 'https://10.0.0.1/jwks' } }, 'input.userTokens.jwksUrl'],
    ];
    for (const [input, parameter] of faults) {
      expect(await refusalOf(operator, CREATE, input)).toBe(`INVALID_PARAMETER ${parameter}`);
      expect(await refusalOf(operator, UPDATE, { id: app.id, ...input })).toBe(`INVALID_PARAMETER ${parameter}`);
    }
    for (const field of ['name', 'enabled']) {
      expect(await refusalOf(operator, UPDATE, { id: app.id, [field]: null })).toBe(`INVALID_PARAMETER input.${field}`);
    }
    expect(await refusalOf(operator, UPDATE, { id: 'nothing', name: 'x' })).toBe('NOT_FOUND');
  });

  it('is listed in pages, forwards and backwards', async () => {
    const made: string[] = [];
    for (let count = 0; count < 5; count++)
      made.push((await shared.server.createApplication({ name: `page ${count}` })).id);
    interface Listed {
      applications: {
        edges: { cursor: string; node: { id: string } }[];
        pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string; endCursor: string };
      };
    }
    const LIST = `query ($first: Int, $after: String, $last: Int, $before: String) {
      applications(first: $first, after: $after, last: $last, before: $before) {
        edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      }
    }`;
    const list = async (page: object) =>
      (await shared.server.post<Listed>(shared.server.asOperator, LIST, page)).data.applications;
    const ids = ({ edges }: Listed['applications']) => edges.map(({ node }) => node.id);
    const last = await list({ last: 2 });
    expect(ids(last)).toEqual(made.slice(3));
    expect(last.pageInfo).toMatchObject({ hasPreviousPage: true, hasNextPage: false });
    const before = await list({ last: 2, before: last.pageInfo.startCursor });
    expect(ids(before)).toEqual(made.slice(1, 3));
    expect(ids(await list({ first: 2, after: before.pageInfo.endCursor }))).toEqual(made.slice(3));
  });
});

describe('credentials of an application', () => {
  it('are added and revoked without an outage, by the operator and by the application', async () => {
    const app = await shared.server.createApplication();
    for (const manager of [shared.server.asOperator, app.asApplication]) {
      const { createApplicationCredential: added } = await run<Added>(manager, ADD_CREDENTIAL, {
        applicationId: app.id,
        label: 'next',
      });
      const headers = { 'x-client-id': added.clientId, 'x-client-secret': added.clientSecret };
      expect(added.credential.label).toBe('next');
      expect([await statusOf(headers), await statusOf(app.asApplication)]).toEqual([200, 200]);
      expect(await statusOf({ ...headers, 'x-client-secret': app.clientSecret })).toBe(401);
      const revoked = await run<{ revokeApplicationCredential: { id: string } }>(manager, REVOKE, {
        id: added.credential.id,
      });
      expect(revoked.revokeApplicationCredential.id).toBe(added.credential.id);
      expect([await statusOf(headers), await statusOf(app.asApplication)]).toEqual([401, 200]);
      expect(await refusalOf(manager, REVOKE, { id: added.credential.id })).toBe('NOT_FOUND');
    }
  });

  it('are shown to the operator and the application, and to its users and visitors not', async () => {
    const app = await shared.server.createApplication();
    const query = '{ viewer { application { name credentials { clientId } } } }';
    const { data } = await shared.server.post(app.asApplication, query);
    expect(data).toMatchObject({ viewer: { application: { credentials: [{ clientId: app.clientId }] } } });
    for (const headers of [await app.asUser('ann'), app.asVisitor()]) {
      const { errors } = await shared.server.post(headers, query);
      expect(errors[0]).toMatchObject({
        extensions: { code: 'FORBIDDEN' },
        path: ['viewer', 'application', 'credentials'],
      });
    }
  });

  it('of another application do not exist for an application, and are FORBIDDEN for users', async () => {
    const app = await shared.server.createApplication();
    const other = await shared.server.createApplication();
    const { createApplicationCredential: added } = await run<Added>(app.asApplication, ADD_CREDENTIAL, {
      applicationId: app.id,
    });
    expect(await refusalOf(other.asApplication, REVOKE, { id: added.credential.id })).toBe('NOT_FOUND');
    expect(await refusalOf(other.asApplication, ADD_CREDENTIAL, { applicationId: app.id })).toBe('NOT_FOUND');
    const user = await app.asUser('ann');
    expect(await refusalOf(user, REVOKE, { id: added.credential.id })).toBe('FORBIDDEN');
    expect(await refusalOf(user, ADD_CREDENTIAL, { applicationId: app.id })).toBe('FORBIDDEN');
    expect(await refusalOf(app.asApplication, ADD_CREDENTIAL, { applicationId: app.id, label: '' })).toBe(
      'INVALID_PARAMETER input.label',
    );
  });

  it('that were used say when', async () => {
    const app = await shared.server.createApplication();
    await statusOf(app.asApplication);
    await expect
      .poll(async () => {
        const { text } = await shared.server.post(
          shared.server.asOperator,
          'query ($id: ID!) { node(id: $id) { ... on Application { credentials { lastUsedAt } } } }',
          { id: app.id },
        );
        return text;
      })
      .toMatch(/"lastUsedAt":"\d{4}-/);
  });
});
