import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Headers } from '../../support/graphql.ts';
import { HISTORY_UPDATED, type HistoryUpdated, REQUEST_UPDATED, TRANSPORTS } from '../../support/listening.ts';
import { createSecret, submit } from '../../support/secrets.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';
import { startThirdParty, type ThirdParty } from '../../support/third-party.ts';

/** Named like a user, and the other way round: kinds are told apart. */
const SAME = 'one-name-for-all-of-them';

interface Party {
  name: string;
  headers: Headers;
  application: number;
  /** Sees all of its application's. */
  isBackend: boolean;
  hasHistory: boolean;
  /** Its request in a queue that it shares with everybody, settled, and one that is held. */
  settledId: string;
  heldId: string;
  secretId: string | null;
}

let server: TestServer;
let thirdParty: ThirdParty;
const parties: Party[] = [];
/** Those of one application and the backend of the other: the rest is the same the other way round. */
let viewers: Party[] = [];

beforeAll(async () => {
  thirdParty = await startThirdParty();
  server = await startTestServer([`127.0.0.1:${thirdParty.port}`]);
  for (const application of [0, 1]) {
    const app = await server.createApplication();
    await createSecret(server, app.asApplication, thirdParty.origin);
    const rows: [string, Headers, boolean, boolean][] = [
      ['the backend', app.asApplication, true, true],
      ['a user', await app.asUser('ann', { canCreateSecrets: true, groups: ['staff'] }), false, true],
      ['another user', await app.asUser('bob', { canCreateSecrets: true, groups: ['staff'] }), false, true],
      ['a user of that name', await app.asUser(SAME, { canCreateSecrets: true }), false, true],
      ['a visitor of that name', app.asVisitor(SAME), false, true],
      ['another visitor', app.asVisitor('another-visitor-000'), false, true],
      ['a visitor without an ID', app.asVisitor(), false, false],
    ];
    for (const [name, headers, isBackend, hasHistory] of rows) {
      const full = `${name} of application ${application}`;
      parties.push({
        name: full,
        headers,
        application,
        isBackend,
        hasHistory,
        settledId: '',
        heldId: '',
        secretId: null,
      });
    }
  }
  viewers = parties.slice(0, 8);
  for (const party of parties) {
    const input = {
      url: thirdParty.origin,
      queue: 'shared',
      wait: 10_000,
      ...(party.hasHistory && { idempotencyKey: 'same' }),
    };
    party.settledId = (await submit(server, party.headers, input)).id;
    if (!party.name.includes('visitor')) {
      const secret = { name: `of ${party.name}`, identifierCode: 'same' };
      party.secretId = (await createSecret(server, party.headers, thirdParty.origin, secret)).id;
    }
  }
  thirdParty.hold();
  for (const party of parties)
    party.heldId = (await submit(server, party.headers, { url: thirdParty.origin, queue: 'held' })).id;
});
afterAll(async () => {
  await server.close();
  await thirdParty.close();
});

function sees(viewer: Party, owner: Party): boolean {
  return viewer === owner || (viewer.isBackend && viewer.application === owner.application);
}

/** What `viewer` should see of what the parties have, in the order of the parties. */
function visible(viewer: Party, ids: (party: Party) => string[]): string[] {
  return parties.filter((owner) => sees(viewer, owner)).flatMap(ids);
}

const requestIds = ({ settledId, heldId }: Party) => [settledId, heldId];
const everyId = () => parties.flatMap(requestIds);

function ask<Data>(viewer: Party, query: string, variables: object = {}) {
  return server.post<Data>(viewer.headers, query, variables);
}

describe('whoever asks sees its own requests, and a backend those of its application', () => {
  test('by `nodes` and by `node`', async () => {
    for (const viewer of viewers) {
      const ids = everyId();
      const { data } = await ask<{ nodes: ({ id: string } | null)[] }>(
        viewer,
        'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }',
        { ids },
      );
      expect(
        data.nodes.flatMap((node) => node?.id ?? []),
        viewer.name,
      ).toEqual(visible(viewer, requestIds));
      for (const owner of parties) {
        const query = 'query ($id: ID!) { node(id: $id) { id } clientSecretRequest(id: $id) { id } }';
        const one = await ask(viewer, query, { id: owner.heldId });
        const seen = sees(viewer, owner) ? { id: owner.heldId } : null;
        expect(one.data, `${viewer.name}, ${owner.name}`).toEqual({ node: seen, clientSecretRequest: seen });
      }
    }
  });

  test('by history, whatever it is filtered by', async () => {
    const filters = [
      {},
      { queue: 'held' },
      { url: thirdParty.origin, method: 'POST', queue: 'held' },
      { status: 'PENDING' },
    ];
    const query = `query ($filter: ClientSecretRequestFilter) {
      clientSecretRequestHistory(filter: $filter, direction: ASC, first: 100) { nodes { id queue } }
    }`;
    for (const viewer of viewers) {
      for (const filter of filters) {
        const answer = await ask<{ clientSecretRequestHistory: { nodes: { id: string }[] } }>(viewer, query, {
          filter,
        });
        if (!viewer.hasHistory) {
          expect(answer.errors[0]?.extensions.code).toBe('FORBIDDEN');
          continue;
        }
        const ids = answer.data.clientSecretRequestHistory.nodes.map(({ id }) => id);
        const expected = visible(viewer, (owner) =>
          'status' in filter || 'queue' in filter ? [owner.heldId] : requestIds(owner),
        );
        expect(ids.sort(), viewer.name).toEqual(expected.sort());
      }
    }
  });

  test("by another's cursor", async () => {
    const query = `query ($after: String) {
      clientSecretRequestHistory(after: $after, direction: ASC, first: 100) { edges { cursor node { id } } }
    }`;
    interface Edges {
      clientSecretRequestHistory: { edges: { cursor: string; node: { id: string } }[] };
    }
    const withHistory = parties.filter(({ hasHistory }) => hasHistory);
    for (const owner of withHistory) {
      const { data } = await ask<Edges>(owner, query);
      const after = data.clientSecretRequestHistory.edges[0]?.cursor;
      for (const viewer of withHistory) {
        const page = await ask<Edges>(viewer, query, { after });
        const ids = page.data.clientSecretRequestHistory.edges.map(({ node }) => node.id);
        const own = visible(viewer, requestIds);
        expect(
          ids.filter((id) => !own.includes(id)),
          `${viewer.name}, ${owner.name}`,
        ).toEqual([]);
      }
    }
  });

  test('by its idempotency key', async () => {
    const ids = parties.map(({ settledId }) => settledId);
    expect(new Set(ids).size).toBe(parties.length);
    const input = { url: thirdParty.origin, queue: 'shared', idempotencyKey: 'same' };
    for (const party of parties.filter(({ hasHistory }) => hasHistory)) {
      expect((await submit(server, party.headers, input)).id, party.name).toBe(party.settledId);
    }
  });

  test('by its queues', async () => {
    const query = '{ queues(first: 100) { nodes { id waitingCount sending { id } } } }';
    interface Queues {
      queues: { nodes: { id: string; waitingCount: number; sending: { id: string } | null }[] };
    }
    for (const viewer of parties.filter(({ hasHistory }) => hasHistory)) {
      const { data } = await ask<Queues>(viewer, query);
      const own = visible(viewer, ({ heldId }) => [heldId]);
      const shown = data.queues.nodes.map(({ waitingCount, sending }) => waitingCount + (sending === null ? 0 : 1));
      expect(shown, viewer.name).toEqual([own.length]);
      const sending = data.queues.nodes.flatMap((queue) => queue.sending?.id ?? []);
      expect(sending.filter((id) => !own.includes(id))).toEqual([]);
      // Applications may have queues of one name: each sees its own under it.
      const [queue] = data.queues.nodes;
      const node = await ask(
        viewer,
        'query ($id: ID!) { node(id: $id) { id ... on Queue { waitingCount sending { id } } } }',
        { id: queue?.id },
      );
      expect(node.data).toEqual({ node: queue });
    }
  });

  test('and cancels and deletes nobody else’s', async () => {
    for (const operation of ['cancelClientSecretRequest', 'deleteClientSecretRequest']) {
      const fields = operation.startsWith('cancel') ? 'request { id }' : 'id';
      const query = `mutation ($id: ID!) { ${operation}(input: { id: $id }) { ${fields} } }`;
      for (const viewer of viewers) {
        for (const owner of parties.filter((other) => !sees(viewer, other))) {
          const { errors } = await ask(viewer, query, { id: owner.heldId });
          expect(
            errors.map(({ extensions }) => extensions.code),
            `${viewer.name}, ${owner.name}`,
          ).toEqual(['NOT_FOUND']);
        }
      }
    }
    const { data } = await ask<{ clientSecretRequest: { status: string } }>(
      parties[1] as Party, // there are fourteen
      'query ($id: ID!) { clientSecretRequest(id: $id) { status } }',
      { id: parties[1]?.heldId },
    );
    expect(data.clientSecretRequest.status).toBe('PENDING');
  });

  test.each(TRANSPORTS)('by listening over %s', async (_name, subscribe) => {
    const [first = [], second = []] = [0, 1].map((application) =>
      parties.filter((party) => party.application === application),
    );
    const pairs = [
      ...first.flatMap((viewer) => first.map((owner) => ({ viewer, owner }))),
      { viewer: second[0], owner: first[0] },
    ];
    for (const { viewer, owner } of pairs) {
      if (viewer === undefined || owner === undefined || sees(viewer, owner)) continue;
      const subscribed = subscribe(server.url, viewer.headers, REQUEST_UPDATED, { id: owner.heldId });
      const code = await subscribed.next().then(
        (event) => event.errors?.[0]?.extensions.code,
        (error: { extensions: { code: string } }[]) => error[0]?.extensions.code,
      );
      expect(code, `${viewer.name}, ${owner.name}`).toBe('NOT_FOUND');
      await subscribed.stop();
    }
  });

  test.each(TRANSPORTS)('by listening to its history over %s', async (_name, subscribe) => {
    const listeners = parties.filter(({ hasHistory }) => hasHistory);
    const queue = `while listening ${_name}`;
    const subscriptions = listeners.map((party) => ({
      party,
      subscribed: subscribe<HistoryUpdated>(server.url, party.headers, HISTORY_UPDATED, { filter: { queue } }),
    }));
    const heard = subscriptions.map(({ subscribed }) => subscribed.next());
    // Each listens once its own request is heard: until then it is submitted again.
    const mine = new Map<string, string[]>();
    const all = new Set(heard.map((_, index) => index));
    heard.forEach((event, index) => void event.then(() => all.delete(index)));
    while (all.size > 0) {
      for (const party of parties) {
        const { id } = await submit(server, party.headers, { url: thirdParty.origin, queue });
        mine.set(party.name, [...(mine.get(party.name) ?? []), id]);
      }
    }
    // What everybody submitted so far was told before this.
    const last = new Map<string, string>();
    for (const party of parties) {
      const { id } = await submit(server, party.headers, { url: thirdParty.origin, queue });
      last.set(party.name, id);
      mine.set(party.name, [...(mine.get(party.name) ?? []), id]);
    }
    for (const [index, { party, subscribed }] of subscriptions.entries()) {
      const expected = visible(party, (owner) => mine.get(owner.name) ?? []);
      const ids: string[] = [];
      for (let event = await heard[index]; ; event = await subscribed.next()) {
        const id = event?.data?.clientSecretRequestHistoryUpdated.id ?? '';
        ids.push(id);
        if (id === expected.at(-1) || !expected.includes(id)) break;
      }
      expect(
        ids.filter((id) => !expected.includes(id)),
        party.name,
      ).toEqual([]);
      await subscribed.stop();
    }
  });
});

describe('whoever asks sees its own client secrets, and a backend those of its application', () => {
  test('by ID, by name, in lists and by what changes them', async () => {
    const owners = parties.filter(({ secretId }) => secretId !== null);
    for (const viewer of viewers) {
      const listed = await ask<{ clientSecrets: { nodes: { id: string }[]; totalCount: number } }>(
        viewer,
        '{ clientSecrets(identifierCode: "same", first: 100) { nodes { id } totalCount } }',
      );
      const own = visible(viewer, ({ secretId }) => (secretId === null ? [] : [secretId]));
      expect(listed.data.clientSecrets.nodes.map(({ id }) => id).sort(), viewer.name).toEqual(own.sort());
      expect(listed.data.clientSecrets.totalCount).toBe(own.length);
      for (const owner of owners.filter((other) => !sees(viewer, other))) {
        const seen = await ask(
          viewer,
          'query ($id: ID!, $name: String!) { node(id: $id) { id } clientSecret(name: $name) { id } }',
          {
            id: owner.secretId,
            name: `of ${owner.name}`,
          },
        );
        expect(seen.data, `${viewer.name}, ${owner.name}`).toEqual({ node: null, clientSecret: null });
        for (const change of [
          'updateClientSecret(input: { id: $id, notes: "x" }) { clientSecret { id } }',
          'rotateClientSecret(input: { id: $id, clientSecret: "another value" }) { clientSecret { id } }',
          'deleteClientSecret(input: { id: $id }) { id }',
        ]) {
          const { errors } = await ask(viewer, `mutation ($id: ID!) { ${change} }`, { id: owner.secretId });
          expect(errors[0]?.extensions.code, `${viewer.name}, ${owner.name}`).toBe('NOT_FOUND');
        }
      }
    }
  });

  test('and an ID of another type finds nothing', async () => {
    const [backend] = parties as [Party];
    const uuid = Buffer.from(backend.settledId, 'base64').toString().split(':')[1];
    for (const type of ['ClientSecret', 'Application', 'ApplicationCredential', 'Queue', 'Viewer', 'constructor']) {
      const id = Buffer.from(`${type}:${uuid}`).toString('base64');
      expect((await ask(backend, 'query ($id: ID!) { node(id: $id) { id } }', { id })).data).toEqual({ node: null });
    }
  });
});
