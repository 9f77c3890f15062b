import { beforeAll, describe, expect, it } from 'vitest';
import type { Headers } from '../../support/graphql.ts';
import { type Asker, startAsker } from '../../support/requests.ts';
import { shareServer } from '../../support/shared.ts';

const shared = shareServer();

const HISTORY = `query ($filter: ClientSecretRequestFilter, $direction: SortDirection, $first: Int, $after: String,
    $last: Int, $before: String) {
  clientSecretRequestHistory(filter: $filter, direction: $direction, first: $first, after: $after, last: $last,
      before: $before) {
    edges { cursor node { id } }
    nodes { id }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`;
interface History {
  edges: { cursor: string; node: { id: string } }[];
  nodes: { id: string }[];
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null };
}

async function historyOf(headers: Headers, args: object = {}): Promise<History> {
  const { data } = await shared.server.post<{ clientSecretRequestHistory: History }>(headers, HISTORY, args);
  return data.clientSecretRequestHistory;
}

async function idsOf(headers: Headers, args: object = {}): Promise<string[]> {
  return (await historyOf(headers, { first: 100, ...args })).nodes.map(({ id }) => id);
}

async function refusalOf(headers: Headers, args: object): Promise<string> {
  const [error] = (await shared.server.post(headers, HISTORY, args)).errors;
  return [error?.extensions.code, error?.extensions.parameter].filter(Boolean).join(' ');
}

describe('a history', () => {
  it("holds a user's own requests, a visitor's own, and all of the application's for the APPLICATION", async () => {
    const asker = await startAsker(shared);
    const { app } = asker;
    const callers: [Headers, Headers][] = [
      [await app.asUser('ann'), await app.asUser('ann', { groups: ['x'] })],
      [await app.asUser('visitor-0123456789'), await app.asUser('visitor-0123456789')],
      [app.asVisitor('visitor-0123456789'), app.asVisitor('visitor-0123456789')],
      [app.asVisitor('visitor-aaaaaaaaaa'), app.asVisitor('visitor-aaaaaaaaaa')],
    ];
    const all: string[] = [];
    for (const [submitting, reading] of callers) {
      const { id } = await asker.as(submitting).submit();
      all.unshift(id);
      expect(await idsOf(reading)).toEqual([id]);
    }
    all.unshift((await asker.as(app.asVisitor()).submit()).id, (await asker.as(app.asApplication).submit()).id);
    expect((await idsOf(app.asApplication)).sort()).toEqual(all.sort());
    const stranger = await shared.server.createApplication();
    expect(await idsOf(stranger.asApplication)).toEqual([]);
    expect(await refusalOf(app.asVisitor(), {})).toBe('FORBIDDEN');
    expect(await refusalOf(shared.server.asOperator, {})).toBe('FORBIDDEN');
  });

  it('of a visitor without an ID is reached by the ID of each request alone', async () => {
    const asker = await startAsker(shared);
    const nameless = asker.as(asker.app.asVisitor());
    const { id } = await nameless.settle();
    expect(await nameless.find(id)).toMatchObject({ id, status: 'RESOLVED' });
    expect(await nameless.cancel(id)).toMatchObject({ id });
    expect(await asker.find(id)).toBeNull();
    expect(await asker.as(await asker.app.asUser('ann')).find(id)).toBeNull();
    expect(await nameless.remove(id)).toBe('none');
    const own = await asker.submit();
    expect(await nameless.find(own.id)).toBeNull();
    expect(await nameless.remove(own.id)).toBe('NOT_FOUND');
  });

  it('is narrowed by each filter, and by several together', async () => {
    const asker = await startAsker(shared);
    const { origin } = shared.thirdParty;
    shared.thirdParty.answerWith(({ url }) => ({ status: url === '/failing' ? 500 : 200 }));
    const a = await asker.settle({ url: `${origin}/A%20b?x`, queue: 'one' });
    const b = await asker.settle({ url: `${origin}/other`, method: 'PUT', queue: 'two' });
    const c = await asker.settle({ url: `${origin}/failing`, method: 'GET' });
    const idsWith = (filter: object | null) => idsOf(asker.headers, { filter, direction: 'ASC' });
    expect(await idsWith({})).toEqual([a.id, b.id, c.id]);
    expect(await idsWith(null)).toEqual([a.id, b.id, c.id]);
    expect(await idsWith({ url: null, method: null, queue: null, status: null, clientSecretName: null })).toHaveLength(
      3,
    );
    // Normalised: the case of scheme and host, a default port, what must be percent-encoded.
    expect(await idsWith({ url: `${origin.toUpperCase()}/A b?x` })).toEqual([a.id]);
    expect(await idsWith({ url: `${origin}/a%20b?x` })).toEqual([]);
    expect(await idsWith({ url: `${origin}/other`, method: 'PUT' })).toEqual([b.id]);
    expect(await idsWith({ url: `${origin}/other`, method: 'POST' })).toEqual([]);
    expect(await idsWith({ url: `${origin}/other`, method: 'PUT', queue: 'two' })).toEqual([b.id]);
    expect(await idsWith({ url: `${origin}/other`, queue: 'two' })).toEqual([b.id]);
    expect(await idsWith({ method: 'GET' })).toEqual([c.id]);
    expect(await idsWith({ queue: 'one' })).toEqual([a.id]);
    expect(await idsWith({ queue: '' })).toEqual([]);
    expect(await idsWith({ status: 'FAILED' })).toEqual([c.id]);
    expect(await idsWith({ status: 'RESOLVED', method: 'POST' })).toEqual([a.id]);
    expect(await idsWith({ clientSecretName: asker.secret.name, status: 'PENDING' })).toEqual([]);
    expect(await idsWith({ clientSecretName: 'other' })).toEqual([]);
    expect(await refusalOf(asker.headers, { filter: { url: 'no url' } })).toBe('INVALID_PARAMETER filter.url');
    for (const field of ['url', 'queue', 'clientSecretName']) {
      const value = field === 'url' ? `${origin}/\u0000` : 'a\u0000';
      expect(await refusalOf(asker.headers, { filter: { [field]: value } })).toBe(`INVALID_PARAMETER filter.${field}`);
    }
  });

  it('has fewer on a page where the responses are large, either way and of several targets, and skips none', async () => {
    const asker = await startAsker(shared);
    const { origin } = shared.thirdParty;
    const text = 'x'.repeat(3 * 1024 * 1024);
    shared.thirdParty.answerWith(({ url }) => ({
      headers: { 'content-type': 'text/plain' },
      body: url.includes('large') ? text : 'small',
    }));
    const ids: string[] = [];
    for (const [path, method] of [
      ['small', 'POST'],
      ['large', 'POST'],
      ['large', 'PUT'],
      ['large', 'POST'],
      ['large', 'PUT'],
      ['small', 'POST'],
      ['large', 'POST'],
    ]) {
      ids.push((await asker.settle({ url: `${origin}/${path}`, method })).id);
    }
    async function pages(args: object, forward: boolean): Promise<string[][]> {
      const found: string[][] = [];
      for (let cursor: string | null = null; ; ) {
        const part = forward ? { first: 100, after: cursor } : { last: 100, before: cursor };
        const { nodes, pageInfo } = await historyOf(asker.headers, { ...args, ...part });
        found.push(nodes.map(({ id }) => id));
        cursor = forward ? pageInfo.endCursor : pageInfo.startCursor;
        if (!(forward ? pageInfo.hasNextPage : pageInfo.hasPreviousPage)) return found;
      }
    }
    const [a = '', b = '', c = '', d = '', e = '', f = '', g = ''] = ids;
    expect(await pages({ direction: 'ASC' }, true)).toEqual([
      [a, b, c, d],
      [e, f, g],
    ]);
    expect(await pages({}, true)).toEqual([
      [g, f, e, d],
      [c, b, a],
    ]);
    expect(await pages({ direction: 'ASC' }, false)).toEqual([
      [d, e, f, g],
      [a, b, c],
    ]);
    // Of each method its own page is read.
    const ofLarge = await pages({ direction: 'ASC', filter: { url: `${origin}/large` } }, true);
    expect(ofLarge.flat()).toEqual([b, c, d, e, g]);
  });

  it('has 25 on a page unless told, newest first unless told, and 100 at most', async () => {
    const asker = await startAsker(shared);
    for (let count = 0; count < 30; count++) await asker.submit();
    const newestFirst = await idsOf(asker.headers);
    expect(newestFirst).toHaveLength(30);
    expect(await idsOf(asker.headers, { direction: 'ASC' })).toEqual([...newestFirst].reverse());
    const page = await historyOf(asker.headers);
    expect(page.edges).toHaveLength(25);
    expect(page.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    expect([page.pageInfo.startCursor, page.pageInfo.endCursor]).toEqual([
      page.edges[0]?.cursor,
      page.edges[24]?.cursor,
    ]);
    expect(page.nodes).toEqual(page.edges.map(({ node }) => node));
    for (const [args, parameter] of [
      [{ first: 101 }, 'first'],
      [{ last: 101 }, 'last'],
      [{ first: -1 }, 'first'],
      [{ last: -1 }, 'last'],
      [{ first: 1, last: 1 }, 'first'],
      [{ after: 'none' }, 'after'],
      [{ before: '' }, 'before'],
      [{ after: Buffer.from('key:1').toString('base64url') }, 'after'],
    ] as const) {
      expect(await refusalOf(asker.headers, args), JSON.stringify(args)).toBe(`INVALID_PARAMETER ${parameter}`);
    }
  });

  it('that is empty has no cursors', async () => {
    const asker = await startAsker(shared);
    expect(await historyOf(asker.headers)).toEqual({
      edges: [],
      nodes: [],
      pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
    });
  });
});

describe('a history of 1,000 requests', () => {
  let asker: Asker;
  let ids: string[];
  beforeAll(async () => {
    asker = await startAsker(shared);
    ids = [];
    for (let batch = 0; batch < 20; batch++) {
      const requests = await Promise.all(
        Array.from({ length: 50 }, () => asker.submit({ url: `${shared.thirdParty.origin}/many` })),
      );
      ids.push(...requests.map(({ id }) => id));
    }
  });

  it.each([
    ['forwards', 'DESC'],
    ['backwards', 'DESC'],
    ['forwards', 'ASC'],
    ['backwards', 'ASC'],
  ] as const)('pages %s (%s) without a gap or a repeat while new ones arrive and others go', async (way, direction) => {
    const forwards = way === 'forwards';
    const seen: string[] = [];
    const removed: string[] = [];
    for (let cursor: string | null = null; ; ) {
      const args = forwards ? { first: 90, after: cursor } : { last: 90, before: cursor };
      const { edges, pageInfo } = await historyOf(asker.headers, {
        direction,
        filter: { url: `${shared.thirdParty.origin}/many` },
        ...args,
      });
      const page = edges.map(({ node }) => node.id);
      if (forwards) seen.push(...page);
      else seen.unshift(...page);
      if (!(forwards ? pageInfo.hasNextPage : pageInfo.hasPreviousPage)) break;
      cursor = forwards ? pageInfo.endCursor : pageInfo.startCursor;
      const added = await asker.settle({ url: `${shared.thirdParty.origin}/many` });
      // The row that the cursor names goes too.
      const edge = (forwards ? page.at(-1) : page[0]) ?? '';
      if (edge !== '' && seen.length < 400) {
        await asker.remove(edge);
        removed.push(edge);
      }
      removed.push(added.id);
      await asker.remove(added.id);
      await asker.settle({ url: `${shared.thirdParty.origin}/many` });
    }
    expect(new Set(seen).size).toBe(seen.length);
    const missing = ids.filter((id) => !seen.includes(id));
    expect(missing).toEqual([]);
    ids = ids.filter((id) => !removed.includes(id));
  });
});
