import { beforeAll, describe, expect, it } from 'vitest';
import type { Headers } from '../../support/graphql.ts';
import { type Asker, startAsker } from '../../support/requests.ts';
import { shareServer } from '../../support/shared.ts';

const shared = shareServer();
let asker: Asker;
let requestId: string;
let credentialId: string;
beforeAll(async () => {
  asker = await startAsker(shared);
  requestId = (await asker.submit()).id;
  const { data } = await shared.server.post<{ viewer: { application: { credentials: { id: string }[] } } }>(
    asker.app.asApplication,
    '{ viewer { application { credentials { id } } } }',
  );
  credentialId = data.viewer.application.credentials[0]?.id ?? '';
});

async function typesOf(headers: Headers, ids: string[]): Promise<(string | null)[]> {
  interface Found {
    nodes: ({ __typename: string; id: string } | null)[];
  }
  const { data } = await shared.server.post<Found>(
    headers,
    'query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }',
    { ids },
  );
  for (const [index, node] of data.nodes.entries()) expect([null, ids[index]]).toContain(node?.id ?? null);
  return data.nodes.map((node) => node?.__typename ?? null);
}

describe('node and nodes', () => {
  it('give each caller what it may see, in the order asked for, and null for the rest', async () => {
    const { app, secret } = asker;
    const ids = [app.id, credentialId, secret.id, requestId];
    const ALL = ['Application', 'ApplicationCredential', 'ClientSecret', 'ClientSecretRequest'];
    expect(await typesOf(app.asApplication, ids)).toEqual(ALL);
    expect(await typesOf(shared.server.asOperator, ids)).toEqual(['Application', 'ApplicationCredential', null, null]);
    expect(await typesOf(asker.headers, ids)).toEqual(['Application', null, null, 'ClientSecretRequest']);
    expect(await typesOf(await app.asUser('ann'), ids)).toEqual(['Application', null, null, null]);
    const stranger = await shared.server.createApplication();
    expect(await typesOf(stranger.asApplication, ids)).toEqual([null, null, null, null]);
    expect(await typesOf(app.asApplication, [requestId, 'nothing', app.id])).toEqual([
      'ClientSecretRequest',
      null,
      'Application',
    ]);
    expect(await typesOf(app.asApplication, [])).toEqual([]);
  });

  it('may ask for the same ID again in one operation', async () => {
    const query = `query ($id: ID!) {
      node(id: $id) { __typename id }
      one: nodes(ids: [$id, $id]) { __typename id }
      other: nodes(ids: [$id]) { __typename id }
    }`;
    const { app, secret } = asker;
    for (const [__typename, id] of [
      ['Application', app.id],
      ['ApplicationCredential', credentialId],
      ['ClientSecret', secret.id],
      ['ClientSecretRequest', requestId],
    ]) {
      const { data, errors } = await shared.server.post(app.asApplication, query, { id });
      const node = { __typename, id };
      expect([data, errors]).toEqual([{ node, one: [node, node], other: [node] }, []]);
    }
  });

  it('are null for what is no ID', async () => {
    const { app } = asker;
    const query = 'query ($id: ID!) { node(id: $id) { id } clientSecretRequest(id: $id) { id } }';
    const encode = (text: string) => Buffer.from(text).toString('base64');
    for (const id of [
      '',
      'x',
      '\u0000',
      encode('Viewer:x'),
      encode('ClientSecretRequest:x'),
      encode('ClientSecretRequest:'),
      `${requestId} `,
      requestId.slice(0, -2),
      'ü'.repeat(1000),
    ]) {
      const { data } = await shared.server.post(app.asApplication, query, { id });
      expect(data, id).toEqual({ node: null, clientSecretRequest: null });
    }
    const { data } = await shared.server.post(
      app.asApplication,
      'query ($id: ID!) { clientSecretRequest(id: $id) { id } }',
      { id: app.id },
    );
    expect(data).toEqual({ clientSecretRequest: null });
  });

  it('take so many IDs at once', async () => {
    const { errors } = await shared.server.post(asker.headers, 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', {
      ids: Array(101).fill('x'),
    });
    expect(errors[0]?.extensions).toMatchObject({ code: 'INVALID_PARAMETER', parameter: 'ids' });
  });

  it('give an operation on an ID of another type NOT_FOUND', async () => {
    const cancel = 'mutation ($id: ID!) { cancelClientSecretRequest(input: { id: $id }) { request { id } } }';
    const remove = 'mutation ($id: ID!) { deleteClientSecretRequest(input: { id: $id }) { id } }';
    for (const query of [cancel, remove]) {
      for (const id of [asker.secret.id, 'nothing', '']) {
        const { errors } = await shared.server.post(asker.headers, query, { id });
        expect(errors[0]?.extensions.code).toBe('NOT_FOUND');
      }
    }
  });
});
