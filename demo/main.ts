import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from 'graphql-sse';
import { createApp } from '../src/app.ts';
import { readConfig } from '../src/config.ts';
import { type ImageApi, startImageApi } from './image-api.ts';

/** The whole main job on loopback: keep a secret, use it from a page, listen, keep order, look back. */
async function demo(): Promise<void> {
  const api = await startImageApi();
  const dataDir = await mkdtemp(join(tmpdir(), 'keyhole-demo-'));
  const app = await createApp(
    readConfig({
      PORT: '0',
      DATA_DIR: dataDir,
      LOG_LEVEL: 'silent',
      KEYHOLE_ALLOW_ADDRESSES: '127.0.0.1/32',
      KEYHOLE_ALLOW_HTTP_HOSTS: new URL(api.origin).host,
    }),
  );
  try {
    await show(app.url, { id: app.made.clientId ?? '', secret: app.made.clientSecret ?? '' }, api);
  } finally {
    await app.close();
    api.close();
    await rm(dataDir, { recursive: true });
  }
}

async function show(url: string, client: { id: string; secret: string }, api: ImageApi): Promise<void> {
  const backend = { 'X-Client-Id': client.id, 'X-Client-Secret': client.secret };
  const page = { 'X-Client-Id': client.id, 'X-Visitor-Id': 'demo-visitor-00000001' };
  say(`Keyhole runs at ${url}, a stand-in for an image API at ${api.origin}.`);

  title('1. The backend keeps a secret. It says where it may be sent, and never gets it back.');
  const kept = await ask(url, backend, CREATE, {
    input: { name: 'openai', clientSecret: 'sk-demo-8c1f7a90b64e4d', allowedUrls: [`${api.origin}/v1`] },
  });
  say(kept);

  title('2. A page asks, with $CLIENT_SECRET where the secret belongs, and waits for the end.');
  const input = {
    clientSecretName: 'openai',
    url: `${api.origin}/v1/images/generations`,
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: 'Bearer $CLIENT_SECRET' },
    data: { model: 'gpt-image-1.5', prompt: 'A cute baby sea otter', n: 1, size: '1024x1024' },
  };
  say({ input: { ...input, wait: 10_000 } });
  const answered = await ask(url, page, SUBMIT, { input: { ...input, wait: 10_000 } });

  title('   What the third party received:');
  say(api.received[0]);
  title('   What the page got:');
  say(answered);

  title('3. Another request, heard through a subscription (server-sent events).');
  const submitted = await ask(url, page, SUBMIT, { input });
  await listen(
    url,
    page,
    (submitted as { clientSecretRequest: { request: { id: string } } }).clientSecretRequest.request.id,
  );

  title('4. Three requests of one queue: the third party gets them one after another, in order.');
  const before = api.received.length;
  const queued = ['first', 'second', 'third'].map((prompt) =>
    ask(url, page, SUBMIT, { input: { ...input, data: { prompt }, queue: 'pictures', wait: 10_000 } }),
  );
  await Promise.all(queued);
  say(api.received.slice(before).map(({ body }) => body));

  title('5. A URL that the secret may not be sent to: refused, and nothing leaves.');
  say(await ask(url, page, SUBMIT, { input: { ...input, url: `${api.origin}/admin` } }));

  title('6. The history of the page, newest first.');
  say(await ask(url, page, HISTORY, {}));
}

async function listen(url: string, headers: Record<string, string>, id: string): Promise<void> {
  const client = createClient({ url, headers, singleConnection: false });
  for await (const { data } of client.iterate({ query: LISTEN, variables: { id } })) say(data);
  client.dispose();
}

async function ask(url: string, headers: Record<string, string>, query: string, variables: object): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await response.json()) as { data?: unknown; errors?: unknown };
  return data ?? { errors };
}

const CREATE = `mutation ($input: CreateClientSecretInput!) {
  createClientSecret(input: $input) { clientSecret { name maskedSecret allowedUrls allowedPlacements } }
}`;
const SUBMIT = `mutation ($input: ClientSecretRequestInput!) {
  clientSecretRequest(input: $input) { request { id status statusCode responseBody error { code message } } }
}`;
const LISTEN = `subscription ($id: ID!) {
  clientSecretRequestUpdated(id: $id) { status startedAt statusCode responseBody }
}`;
const HISTORY = `query {
  clientSecretRequestHistory(first: 3) { nodes { status method url queue statusCode createdAt } pageInfo { hasNextPage } }
}`;

function title(text: string): void {
  process.stdout.write(`\n\u001b[1m${text}\u001b[0m\n`);
}

function say(what: unknown): void {
  process.stdout.write(`${typeof what === 'string' ? what : JSON.stringify(what, null, 2)}\n`);
}

await demo();
