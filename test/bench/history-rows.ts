import { ownerOf } from '../../src/applications/caller.ts';
import { hashId } from '../../src/ids.ts';
import { queueKeyOf, targetOf } from '../../src/requests/target.ts';
import { execute } from './bench.ts';
import { type Keyhole, visitorId } from './server.ts';
import { inputOf, SECRET_NAME } from './submission.ts';

const METHODS = ['POST', 'PUT'] as const;
const URLS = 5;
const QUEUES = 10;

export interface Variety {
  url: string;
  method: (typeof METHODS)[number];
  queue: string;
}

/** Every row is of one of these; each is as frequent as another. */
export function varietiesOf(thirdParty: string): Variety[] {
  const urls = Array.from({ length: URLS }, (_, number) => `${thirdParty}/v1/images/${number}`);
  const queues = Array.from({ length: QUEUES }, (_, number) => `queue ${number}`);
  return urls.flatMap((url) => METHODS.flatMap((method) => queues.map((queue) => ({ url, method, queue }))));
}

/**
 * Rows as the server stores them, submitted one a second until just now, with UUIDv7 of those moments. Half of them stood
 * in a queue.
 */
const INSERT = `insert into requests (application_id, id, owner, client_secret_id, client_secret_name,
    client_secret_version, url, method, target, queue, queue_key, headers, body, timeout_ms, status, status_code,
    response_headers, response_kind, response_body, created_at, started_at, updated_at, expires_at)
  select $1::uuid,
    (substr(ms, 1, 8) || '-' || substr(ms, 9) || '-7' || lpad(to_hex(n % 4096), 3, '0') || '-8'
      || lpad(to_hex(n % 4096), 3, '0') || '-' || substr(md5(n::text), 1, 12))::uuid,
    $2::uuid, $3::uuid, $4, 1, v.url, v.method, v.target, case when queued then v.queue end,
    case when queued then v.queue_key end, $10::json, $11::json, 30000, 'RESOLVED', 200, $12::json, 'json', $13,
    at, at, at, at + interval '15 minutes'
  from generate_series(1, $14::int) n
  cross join lateral (select now() - ($14 - n + 60) * interval '1 second' as at, n / $15 % 2 = 0 as queued) t
  cross join lateral (select lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') as ms) m
  join unnest($5::text[], $6::text[], $7::uuid[], $8::text[], $9::uuid[]) with ordinality
    as v(url, method, target, queue, queue_key, number) on v.number = n % $15 + 1
  order by n`;

/** One caller's history, never analysed: nothing may vacuum or analyse it by itself. */
export async function insertHistory(
  databaseUrl: string,
  keyhole: Keyhole,
  thirdParty: string,
  count: number,
): Promise<void> {
  await execute(databaseUrl, 'alter table requests set (autovacuum_enabled = off)');
  const varieties = varietiesOf(thirdParty);
  const targets = varieties.map(({ url, method }) => targetOf(url, method));
  const { headers, data } = inputOf('');
  const columns = [
    varieties.map(({ url }) => url),
    varieties.map(({ method }) => method),
    targets,
    varieties.map(({ queue }) => queue),
    varieties.map(({ queue }, index) => queueKeyOf(targets[index] ?? '', queue)),
  ];
  const texts = [
    JSON.stringify(headers),
    JSON.stringify(data),
    JSON.stringify({ 'content-type': 'application/json' }),
    '{"created":1,"took":0.000,"data":[{"url":"https://images.example/otter.png"}]}',
  ];
  const ids = [keyhole.applicationId, OWNER, hashId('no secret'), SECRET_NAME];
  await execute(databaseUrl, INSERT, [...ids, ...columns, ...texts, count, varieties.length]);
}

/** `ownerOf` the visitor that asks. */
const OWNER = ownerOf({
  kind: 'VISITOR',
  visitorId: visitorId(0),
  credentialId: '',
  application: {} as Parameters<typeof ownerOf>[0]['application'], // an owner is named without it
});
