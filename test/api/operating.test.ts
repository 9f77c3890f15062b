import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSecret, SECRET_VALUE, SUBMIT, submit } from '../support/secrets.ts';
import { startTestServer, type TestApplication, type TestServer } from '../support/server.ts';
import { startThirdParty, type ThirdParty } from '../support/third-party.ts';

let thirdParty: ThirdParty;
let server: TestServer;
let application: TestApplication;

beforeAll(async () => {
  thirdParty = await startThirdParty();
  server = await startTestServer([new URL(thirdParty.origin).host], { env: { METRICS_PORT: '0' } });
  application = await server.createApplication();
  await createSecret(server, application.asApplication, thirdParty.origin);
});
afterAll(async () => {
  await server.close();
  await thirdParty.close();
});

interface LogLine {
  msg: string;
  requestId?: string;
  metricsUrl?: string;
}

function logLines(): LogLine[] {
  return server
    .log()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

/** The metrics by name and labels, as they stand. */
async function readMetrics(): Promise<Map<string, number>> {
  const url = logLines().find((line) => line.metricsUrl !== undefined)?.metricsUrl ?? '';
  const text = await (await fetch(url)).text();
  const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(samples.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]));
}

describe('/metrics', () => {
  it('counts what is submitted, how it ends, how long it takes and in which batches it is stored', async () => {
    const before = await readMetrics();
    await submit(server, application.asApplication, { url: `${thirdParty.origin}/a`, wait: 10_000 });
    thirdParty.answerWith(() => ({ status: 500, body: { echo: SECRET_VALUE } }));
    await submit(server, application.asApplication, { url: `${thirdParty.origin}/b`, wait: 10_000 });
    const after = await readMetrics();
    const grown = (name: string) => (after.get(name) ?? 0) - (before.get(name) ?? 0);
    expect(grown('keyhole_requests_submitted_total')).toBe(2);
    expect(grown('keyhole_requests_settled_total{outcome="RESOLVED"}')).toBe(1);
    expect(grown('keyhole_requests_settled_total{outcome="UPSTREAM_STATUS"}')).toBe(1);
    expect(grown('keyhole_upstream_seconds_count')).toBe(2);
    expect(grown('keyhole_secrets_echoed_total')).toBe(1);
    expect(grown('keyhole_batch_rows_sum{kind="admit"}')).toBe(2);
    expect(grown('keyhole_batch_rows_sum{kind="settle"}')).toBe(2);
    expect(grown('keyhole_batch_seconds_count{kind="settle"}')).toBeGreaterThan(0);
  });

  it('shows what waits and for how long, what is being sent, and who listens', async () => {
    const held = thirdParty.hold();
    const input = { url: `${thirdParty.origin}/queue`, queue: 'q' };
    for (let count = 0; count < 3; count++) await submit(server, application.asApplication, input);
    const metrics = await readMetrics();
    held.letAllGo();
    expect(metrics.get('keyhole_requests_sending')).toBe(1);
    expect(metrics.get('keyhole_requests_waiting')).toBe(2);
    const ages = [...metrics].filter(([name]) => name.startsWith('keyhole_waiting_by_age'));
    expect(ages.map(([name]) => name)).toContain('keyhole_waiting_by_age{age="0-1"}');
    expect(ages.reduce((sum, [, count]) => sum + count, 0)).toBe(2);
    expect(metrics.get('keyhole_waiting_oldest_seconds')).toBeGreaterThanOrEqual(0);
    for (const name of ['keyhole_subscriptions', 'keyhole_sockets', 'keyhole_takeover_requests_total']) {
      expect(metrics.get(name)).toBe(0);
    }
    expect(metrics.get('keyhole_database_connections')).toBeGreaterThan(0);
    expect(metrics.get('keyhole_ready')).toBe(1);
    expect([...metrics.keys()]).toContain('nodejs_eventloop_lag_p99_seconds');
  });

  it('has no label that holds a URL, a name or an ID', async () => {
    for (const name of (await readMetrics()).keys()) {
      expect(name).not.toMatch(/127\.0\.0\.1|http|openai|[0-9a-f]{8}-[0-9a-f]{4}/);
    }
  });

  it('stands on a port of its own, and is nothing that the API serves', async () => {
    expect((await fetch(new URL('/metrics', server.url))).status).toBe(404);
  });
});

describe('a request ID', () => {
  const input = () => ({
    clientSecretName: 'openai',
    method: 'POST',
    url: `${thirdParty.origin}/traced`,
    headers: { authorization: 'Bearer $CLIENT_SECRET' },
    wait: 10_000,
  });

  it("is the client's own where it names one, and comes back in the header", async () => {
    const headers = { ...application.asApplication, 'x-request-id': 'checkout-42' };
    const answer = await server.post(headers, SUBMIT, { input: input() });
    expect(answer.headers.get('x-request-id')).toBe('checkout-42');
    expect(logLines().filter((line) => line.requestId === 'checkout-42')).toMatchObject([
      {
        msg: 'request settled',
        method: 'POST',
        host: new URL(thirdParty.origin).host,
        outcome: 'RESOLVED',
        status: 200,
      },
    ]);
  });

  it('is made where there is none, or none that is fit for a log', async () => {
    const headers = { ...application.asApplication, 'x-request-id': 'a b{}' };
    const answer = await server.post(headers, SUBMIT, { input: input() });
    const made = answer.headers.get('x-request-id') ?? '';
    expect(made).not.toBe('a b{}');
    expect(logLines().filter((line) => line.requestId === made)).toHaveLength(1);
  });
});
