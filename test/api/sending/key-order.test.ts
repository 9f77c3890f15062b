import { beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type Asker, startAsker } from '../../support/requests.ts';
import { shareServer } from '../../support/shared.ts';
import type { ReceivedRequest } from '../../support/third-party.ts';

// All of it is written and read as text: whatever parses JSON here would put the keys into an order of its own.

const shared = shareServer();
let asker: Asker;
beforeAll(async () => {
  asker = await startAsker(shared);
  shared.thirdParty.answerWith(() => ({ headers: { 'content-type': 'application/json' }, body: KEYS }));
});

const KEYS = '{"z":1,"10":1,"a":{"y":1,"9":2,"1":3},"2":3}';
const FORM = 'z=1&10=1&a[y]=1&a[9]=2&a[1]=3&2=3';
const HEADERS = '{"x-b":"$CLIENT_SECRET","2":"two","x-a":"a","1":"one"}';
const SHOWN = 'request { id requestHeaders requestBody responseBody }';
const SUBMIT = `mutation ($input: ClientSecretRequestInput!) { clientSecretRequest(input: $input) { ${SHOWN} } }`;
const FIND = 'query ($id: ID!) { clientSecretRequest(id: $id) { requestHeaders requestBody responseBody } }';

function variablesOf(method: string, fields: string): string {
  const given = JSON.stringify({ clientSecretName: asker.secret.name, url: `${shared.thirdParty.origin}/v1`, method });
  return `{"input":${given.slice(0, -1)},"wait":15000,${fields}}}`;
}

async function ask(path: string, init: RequestInit = {}): Promise<string> {
  const headers = { 'content-type': 'application/json', accept: 'application/json', ...asker.headers };
  return (await fetch(shared.server.url + path, { ...init, headers })).text();
}

interface Exchange {
  received: ReceivedRequest;
  /** What the mutation answered. */
  answer: string;
}

async function exchange(post: () => Promise<string>): Promise<Exchange> {
  const before = shared.thirdParty.requests.length;
  const answer = await post();
  const received = shared.thirdParty.requests[before];
  if (received === undefined) throw new Error(`Nothing arrived: ${answer}`);
  return { received, answer };
}

function submit(method: string, fields: string): Promise<Exchange> {
  const body = `{"variables":${variablesOf(method, fields)},"query":${JSON.stringify(SUBMIT)}}`;
  return exchange(() => ask('', { method: 'POST', body }));
}

function shown(headers: string): string {
  return `"requestHeaders":${headers},"requestBody":${KEYS},"responseBody":${KEYS}`;
}

/** Asked by GET, whose variables stand in its URL beside keys that are numbers too. */
async function found(answer: string): Promise<string> {
  const id = /"request":\{"id":"([^"]+)"/.exec(answer)?.[1];
  const query = new URLSearchParams({ query: FIND, variables: `{"2":0,"id":"${id}","1":0}` });
  return ask(`?${query}`);
}

describe('keys that are numbers stay where they were put', () => {
  it('in JSON and in headers, both as sent and as kept', async () => {
    const { received, answer } = await submit('POST', `"headers":${HEADERS},"data":${KEYS}`);
    expect(received.body.toString()).toBe(KEYS);
    const names = received.rawHeaders.filter((_, index) => index % 2 === 0);
    expect(names.filter((name) => ['x-b', '2', 'x-a', '1'].includes(name))).toEqual(['x-b', '2', 'x-a', '1']);
    expect(answer).toContain(shown(HEADERS));
    expect(await found(answer)).toContain(shown(HEADERS));
  });

  it('in JSON that a value is put into', async () => {
    const { received } = await submit('POST', '"data":{"b":"$CLIENT_SECRET","2":1,"1":{"4":1,"3":2}}');
    expect(received.body.toString()).toMatch(/^\{"b":"[^"$]+","2":1,"1":\{"4":1,"3":2\}\}$/);
  });

  it('in a form', async () => {
    const headers = '{"x-key":"$CLIENT_SECRET","content-type":"application/x-www-form-urlencoded"}';
    const { received, answer } = await submit('POST', `"headers":${headers},"data":${KEYS}`);
    expect(received.body.toString()).toBe(FORM);
    expect(await found(answer)).toContain(shown(headers));
  });

  it('in a multipart form', async () => {
    const headers = '{"x-key":"$CLIENT_SECRET","content-type":"multipart/form-data"}';
    const { received } = await submit('POST', `"headers":${headers},"data":{"b":"x","2":["y","z"],"1":"w"}`);
    expect(received.body.toString().match(/(?<=name=")[^"]+/g)).toEqual(['b', '2', '2', '1']);
  });

  it('in params', async () => {
    const { received, answer } = await submit('GET', `"headers":{"x-key":"$CLIENT_SECRET"},"params":${KEYS}`);
    expect(received.url).toBe(`/v1?${FORM}`);
    expect(await found(answer)).toContain(shown('{"x-key":"$CLIENT_SECRET"}'));
  });

  it('over WebSocket', async () => {
    const variables = variablesOf('POST', `"headers":${HEADERS},"data":${KEYS}`);
    const { received, answer } = await exchange(() =>
      askBySocket(`{"query":${JSON.stringify(SUBMIT)},"variables":${variables}}`),
    );
    expect(received.body.toString()).toBe(KEYS);
    expect(answer).toContain(shown(HEADERS));
    expect(await found(answer)).toContain(shown(HEADERS));
  });

  it('over server-sent events', async () => {
    const variables = variablesOf('POST', `"headers":${HEADERS},"data":${KEYS}`);
    const { received, answer } = await exchange(async () => {
      const response = await fetch(shared.server.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...asker.headers },
        body: `{"query":${JSON.stringify(SUBMIT)},"variables":${variables}}`,
      });
      return response.text();
    });
    expect(received.body.toString()).toBe(KEYS);
    expect(answer).toContain(shown(HEADERS));
  });
});

/** The first event of an operation, as text. */
function askBySocket(payload: string): Promise<string> {
  const socket = new WebSocket(shared.server.url.replace(/^http/, 'ws'), 'graphql-transport-ws');
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once('close', (code, reason) => reject(new Error(`Closed: ${code} ${reason}`)));
    socket.once('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload: asker.headers })));
    socket.on('message', (data) => {
      const text = String(data);
      if (text.includes('"connection_ack"')) socket.send(`{"id":"1","type":"subscribe","payload":${payload}}`);
      else {
        resolve(text);
        socket.close();
      }
    });
  });
}
