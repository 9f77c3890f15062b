import { describe, expect, it } from 'vitest';
import type { Headers } from '../support/graphql.ts';
import type { TestApplication } from '../support/server.ts';
import { shareServer } from '../support/shared.ts';

const shared = shareServer();

const VIEWER = '{ viewer { kind username groups application { id name } } }';
interface Viewer {
  viewer: { kind: string; username: string | null; groups: string[]; application: { id: string; name: string } | null };
}

async function viewerOf(headers: Headers): Promise<Viewer['viewer']> {
  return (await shared.server.post<Viewer>(headers, VIEWER)).data.viewer;
}

/** Status, code, message and parameter of the refusal of a whole request. */
async function refusalOf(headers: Headers) {
  const { status, errors, text } = await shared.server.post(headers, VIEWER);
  expect(JSON.parse(text)).not.toHaveProperty('data');
  const [error] = errors;
  return { status, code: error?.extensions.code, message: error?.message, parameter: error?.extensions.parameter };
}

const REFUSED = {
  status: 401,
  code: 'UNAUTHENTICATED',
  message: 'Client ID not registered or client secret wrong',
  parameter: undefined,
};

describe('a caller', () => {
  it('is the OPERATOR by the operator token alone', async () => {
    expect(await viewerOf(shared.server.asOperator)).toEqual({
      kind: 'OPERATOR',
      username: null,
      groups: [],
      application: null,
    });
  });

  it('is an APPLICATION by client ID and client secret', async () => {
    const app = await shared.server.createApplication({ name: 'shop' });
    expect(await viewerOf(app.asApplication)).toEqual({
      kind: 'APPLICATION',
      username: null,
      groups: [],
      application: { id: app.id, name: 'shop' },
    });
  });

  it('is a USER by client ID and user token', async () => {
    const app = await shared.server.createApplication();
    expect(await viewerOf(await app.asUser('ann', { groups: ['staff', 'admins'] }))).toMatchObject({
      kind: 'USER',
      username: 'ann',
      groups: ['staff', 'admins'],
      application: { id: app.id },
    });
  });

  it('is a VISITOR by client ID alone, with a visitor ID or without', async () => {
    const app = await shared.server.createApplication();
    for (const headers of [app.asVisitor(), app.asVisitor('visitor-0123456789')]) {
      expect(await viewerOf(headers)).toMatchObject({ kind: 'VISITOR', username: null, application: { id: app.id } });
    }
  });

  it('may write X-IBM-Client-Id and X-IBM-Client-Secret', async () => {
    const { clientId, clientSecret } = await shared.server.createApplication();
    expect(await viewerOf({ 'x-ibm-client-id': clientId })).toMatchObject({ kind: 'VISITOR' });
    expect(await viewerOf({ 'X-IBM-Client-Id': clientId, 'X-IBM-Client-Secret': clientSecret })).toMatchObject({
      kind: 'APPLICATION',
    });
    expect(await viewerOf({ 'X-Client-Id': clientId, 'X-IBM-Client-Secret': clientSecret })).toMatchObject({
      kind: 'APPLICATION',
    });
  });
});

describe('credentials', () => {
  it('that are missing are 401', async () => {
    expect(await refusalOf({})).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
    expect(await refusalOf({ 'x-visitor-id': 'visitor-0123456789' })).toMatchObject({ status: 401 });
  });

  it('that are wrong get one same answer, whatever is wrong with them', async () => {
    const app = await shared.server.createApplication();
    const disabled = await shared.server.createApplication();
    await disable(disabled);
    expect(await refusalOf({ 'x-client-id': 'kh_nobody' })).toEqual(REFUSED);
    expect(await refusalOf({ 'x-client-id': 'kh_nobody', 'x-client-secret': app.clientSecret })).toEqual(REFUSED);
    expect(await refusalOf({ ...app.asApplication, 'x-client-secret': 'khs_wrong' })).toEqual(REFUSED);
    expect(await refusalOf({ ...app.asApplication, 'x-client-secret': disabled.clientSecret })).toEqual(REFUSED);
    expect(await refusalOf(disabled.asApplication)).toEqual(REFUSED);
    expect(await refusalOf(disabled.asVisitor())).toEqual(REFUSED);
    expect(await refusalOf({ 'x-client-id': 'kh_nobody', authorization: 'Bearer x.y.z' })).toEqual(REFUSED);
  });

  it('of any other combination are 401, and never those of a VISITOR', async () => {
    const app = await shared.server.createApplication();
    const { authorization: userToken = '' } = await app.asUser('ann');
    const { authorization: operatorToken = '' } = shared.server.asOperator;
    const combinations: Headers[] = [
      { 'x-client-secret': app.clientSecret },
      { 'x-client-secret': app.clientSecret, authorization: operatorToken },
      { ...app.asApplication, authorization: userToken },
      { ...app.asApplication, authorization: operatorToken },
      { ...app.asVisitor(), authorization: operatorToken },
      { authorization: userToken },
      { authorization: `Bearer ${operatorToken.slice(7, -1)}` },
      { ...app.asVisitor(), authorization: '' },
      { ...app.asVisitor(), authorization: 'Bearer' },
      { ...app.asVisitor(), authorization: 'Bearer ' },
      { ...app.asVisitor(), authorization: 'Bearer not-a-token' },
      { ...app.asVisitor(), authorization: `Basic ${Buffer.from('ann:secret').toString('base64')}` },
      { ...app.asVisitor(), 'x-client-secret': '' },
      { 'x-client-id': '' },
    ];
    for (const headers of combinations) {
      expect(await refusalOf(headers), JSON.stringify(Object.keys(headers))).toMatchObject({
        status: 401,
        code: 'UNAUTHENTICATED',
      });
    }
  });

  it('are refused before anything of the request is looked at', async () => {
    const { status, errors } = await shared.server.post({ 'x-client-id': 'kh_nobody' }, '{ this is no GraphQL');
    expect(status).toBe(401);
    expect(errors).toHaveLength(1);
  });

  it('with an X-Visitor-Id of another form are 400, and name it', async () => {
    const app = await shared.server.createApplication();
    for (const id of ['short', '', 'x'.repeat(129), 'with a space in it', 'visitor/0123456789', 'visitör-0123456789']) {
      expect(await refusalOf(app.asVisitor(id)), id).toMatchObject({
        status: 400,
        code: 'INVALID_PARAMETER',
        parameter: 'X-Visitor-Id',
      });
    }
    for (const id of ['x'.repeat(16), 'x'.repeat(128), 'A-Za-z0-9_.~0123']) {
      expect(await viewerOf(app.asVisitor(id))).toMatchObject({ kind: 'VISITOR' });
    }
  });
});

describe('an operation that is not for the kind of the caller', () => {
  const CREATE = 'mutation { createApplication(input: { name: "x" }) { clientId } }';
  const ISSUE = 'mutation { issueUserToken(input: { username: "x" }) { token } }';
  const HISTORY = '{ clientSecretRequestHistory { nodes { id } } }';
  const SECRETS = '{ clientSecrets { totalCount } }';
  const SUBMIT = `mutation { clientSecretRequest(input: { clientSecretName: "x", url: "https://api.test/", method: GET,
    headers: { a: "$CLIENT_SECRET" } }) { request { id } } }`;

  it('is FORBIDDEN, with 200 as an error of one field has it', async () => {
    const app = await shared.server.createApplication();
    const user = await app.asUser('ann');
    const refused: [Headers, string][] = [
      [app.asApplication, CREATE],
      [user, CREATE],
      [app.asVisitor(), CREATE],
      [app.asApplication, '{ applications { nodes { id } } }'],
      [user, ISSUE],
      [app.asVisitor(), ISSUE],
      [shared.server.asOperator, ISSUE],
      [shared.server.asOperator, HISTORY],
      [shared.server.asOperator, SECRETS],
      [shared.server.asOperator, SUBMIT],
      [app.asVisitor(), HISTORY],
    ];
    for (const [headers, query] of refused) {
      const { status, errors } = await shared.server.post(headers, query);
      expect([status, errors[0]?.extensions.code], query).toEqual([200, 'FORBIDDEN']);
    }
  });
});

async function disable({ id }: TestApplication): Promise<void> {
  const update =
    'mutation ($input: UpdateApplicationInput!) { updateApplication(input: $input) { application { enabled } } }';
  await shared.server.post(shared.server.asOperator, update, { input: { id, enabled: false } });
}
