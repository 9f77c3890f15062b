import { toPage } from '../../../src/database/keyset.ts';
import { type Bench, execute } from '../bench.ts';
import { insertHistory, varietiesOf } from '../history-rows.ts';
import { createHttpClient } from '../http-client.ts';
import type { Operation } from '../load.ts';
import { against, type Measure } from '../measure.ts';
import { contender, postAndWait, waiting } from '../operations.ts';
import { type Contender, interleave, type Plan } from '../rounds.ts';
import { type Keyhole, startKeyhole } from '../server.ts';

const PAGE_SIZE = 25;
const FAR_PAGE = 10_000;
const SIZES = [1_000, 100_000, 1_000_000] as const;

const HISTORY = `query ($filter: ClientSecretRequestFilter, $after: String) {
  clientSecretRequestHistory(filter: $filter, after: $after, first: ${PAGE_SIZE}) {
    edges { cursor node { id status url method queue statusCode createdAt } }
    pageInfo { hasNextPage endCursor }
  }
}`;

interface Filled {
  size: number;
  databaseUrl: string;
  keyhole: Keyhole;
}

/** A history of one caller that grows: what is read of it, and what is added to it. */
export async function measureHistory(bench: Bench): Promise<Measure[]> {
  const filled: Filled[] = [];
  for (const size of SIZES) {
    bench.progress(`history: inserting ${size.toLocaleString('en-US')} rows`);
    const databaseUrl = await bench.createDatabase();
    const keyhole = await startKeyhole(bench, { databaseUrl });
    await insertHistory(databaseUrl, keyhole, bench.thirdParty, size);
    // What is to be written behind a million rows is written before anything is measured. Not everybody may ask for it.
    await execute(databaseUrl, 'checkpoint').catch(() => {});
    filled.push({ size, databaseUrl, keyhole });
  }
  const measures = await measureAll(bench, filled, 'history, never analysed');
  for (const { databaseUrl } of filled) await execute(databaseUrl, 'analyze');
  return [...measures, ...(await measureAll(bench, filled, 'history, analysed'))];
}

async function measureAll(bench: Bench, filled: readonly Filled[], title: string): Promise<Measure[]> {
  return [...(await measurePages(bench, filled, title)), ...(await measureSubmitting(bench, filled, title))];
}

async function measurePages(bench: Bench, filled: readonly Filled[], title: string): Promise<Measure[]> {
  const plan: Plan = {
    title,
    load: { inFlight: 1, count: bench.quick ? 50 : 200 },
    rounds: bench.quick ? 3 : 5,
    warmUpMs: bench.quick ? 300 : 1_000,
  };
  const contenders: Record<string, Contender> = {};
  for (const { size, databaseUrl, keyhole } of filled) {
    const rows = `${size.toLocaleString('en-US')} rows`;
    const [filter] = varietiesOf(bench.thirdParty);
    contenders[`first ${size}`] = contender(`${rows}, page 1`, readPage(bench, keyhole, {}));
    contenders[`filtered ${size}`] = contender(
      `${rows}, by url, method and queue`,
      readPage(bench, keyhole, { filter }),
    );
    const after = await cursorBefore(databaseUrl, FAR_PAGE);
    if (after !== null) {
      const name = `${rows}, page ${FAR_PAGE.toLocaleString('en-US')}`;
      contenders[`far ${size}`] = contender(name, readPage(bench, keyhole, { after }));
    }
  }
  const results = await interleave(bench, contenders, plan);
  const p50Of = (key: string) => results[key]?.of('p50', 'ms', (run) => run.p50);
  const smallest = p50Of(`first ${SIZES[0]}`);
  return filled.flatMap(({ size }) => {
    const first = p50Of(`first ${size}`);
    if (first === undefined || smallest === undefined) return [];
    const grown = first.name === smallest.name ? [] : [against(smallest)(first)];
    const far = results[`far ${size}`]?.of('p50', 'ms', (run) => run.p50, against(first, { atMost: 1.5 }));
    const filtered = results[`filtered ${size}`]?.of('p50', 'ms', (run) => run.p50, against(first));
    return [{ ...first, comparisons: grown }, far, filtered].filter((measure) => measure !== undefined);
  });
}

function readPage(bench: Bench, keyhole: Keyhole, variables: object): Operation {
  const client = createHttpClient(`${keyhole.origin}/graphql`, keyhole.page());
  bench.defer(client.close);
  const body = JSON.stringify({ query: HISTORY, variables });
  return async () => {
    const answer = await client.post(body);
    // A page that is whole ends with the last of its rows, and says where that stands.
    if (answer.split('"cursor"').length !== PAGE_SIZE + 1 && !answer.includes('"hasNextPage":false')) {
      throw new Error(`Not a page: ${answer.slice(0, 500)}`);
    }
    return 0;
  };
}

/** After which a page begins, newest first; null where there are not so many. */
async function cursorBefore(databaseUrl: string, page: number): Promise<string | null> {
  const text = 'select id from requests order by id desc offset $1 limit 1';
  const [row] = (await execute(databaseUrl, text, [(page - 1) * PAGE_SIZE - 1])) as { id: string }[];
  if (row === undefined) return null;
  const request = { limit: 1, backward: false, after: null, before: null };
  return toPage([row], request, ({ id }) => id).edges[0]?.cursor ?? null;
}

async function measureSubmitting(bench: Bench, filled: readonly Filled[], title: string): Promise<Measure[]> {
  const input = waiting(`${bench.thirdParty}/instant`)();
  const contenders: Record<string, Contender> = {};
  for (const { size, keyhole } of filled) {
    const operation = postAndWait(bench, keyhole.origin, keyhole.page(), input);
    contenders[size] = contender(`submitting beside ${size.toLocaleString('en-US')} rows`, operation);
  }
  const results = await interleave(bench, contenders, {
    title,
    load: { inFlight: 64, milliseconds: bench.quick ? 700 : 2_000 },
    rounds: bench.quick ? 3 : 9,
    warmUpMs: bench.quick ? 1_000 : 3_000,
  });
  const floor = results[SIZES[0]]?.rate();
  return filled.flatMap(({ size }) => {
    if (floor === undefined || size === SIZES[0]) return floor ?? [];
    return results[size]?.rate(against(floor, size === SIZES[2] ? { atLeast: 0.95 } : {})) ?? [];
  });
}
