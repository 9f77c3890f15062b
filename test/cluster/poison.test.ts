import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningApps, startApps } from '../support/apps.ts';
import { createDatabase, type TestDatabase } from '../support/postgres.ts';
import { type Arrival, reply, type ScriptedServer, serveScript } from '../support/scripted-server.ts';
import { submit } from '../support/secrets.ts';

let database: TestDatabase;
let thirdParty: ScriptedServer;
let cluster: RunningApps;

const MAX_RESPONSE_BYTES = 100_000;
const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n';

/** What an upstream does to hold up whoever waits for it; what does not name one is answered. */
const POISONS: Record<string, (arrival: Arrival) => void> = {
  silence() {},
  drip({ socket }) {
    socket.write(`${HEAD}Content-Length: ${MAX_RESPONSE_BYTES}\r\n\r\n`);
    const timer = setInterval(() => socket.write('x'), 50);
    socket.once('close', () => clearInterval(timer));
  },
  'dripping-head'({ socket }) {
    socket.write('HTTP/1.1 200 OK\r\nX-Slow: ');
    const timer = setInterval(() => socket.write('x'), 50);
    socket.once('close', () => clearInterval(timer));
  },
  endless({ socket }) {
    socket.write(`${HEAD}Transfer-Encoding: chunked\r\n\r\n`);
    const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`;
    const write = () => {
      while (!socket.destroyed && socket.write(chunk));
    };
    socket.on('drain', write);
    write();
  },
  garbage({ socket }) {
    socket.write(reply('this was never compressed', ['Content-Encoding: gzip', 'Content-Type: text/plain']));
  },
};

beforeAll(async () => {
  database = await createDatabase();
  thirdParty = await serveScript((arrival) => {
    const [, name = ''] = /^x-poison: (\S+)$/im.exec(arrival.head) ?? [];
    const poison = POISONS[name];
    if (poison === undefined) arrival.socket.write(reply('fine'));
    else poison(arrival);
  });
  const origin = `http://127.0.0.1:${thirdParty.port}`;
  const env = { KEYHOLE_MAX_RESPONSE_BYTES: String(MAX_RESPONSE_BYTES) };
  cluster = await startApps({ databaseUrls: [database.url], origin, env });
});
afterAll(async () => {
  await cluster.close();
  thirdParty.close();
  await database.drop();
});

function ask(input: object) {
  const [app] = cluster.apps;
  if (app === undefined) throw new Error('There is one');
  const url = `http://127.0.0.1:${thirdParty.port}/`;
  return submit(app, cluster.application.asApplication, { url, wait: 15_000, ...input });
}

describe('an upstream that', () => {
  it.each([
    ['silence', 'UPSTREAM_TIMEOUT'],
    ['drip', 'UPSTREAM_TIMEOUT'],
    ['dripping-head', 'UPSTREAM_TIMEOUT'],
    ['endless', 'RESPONSE_TOO_LARGE'],
    ['garbage', 'RESPONSE_UNREADABLE'],
  ])('answers with %s holds its queue no longer than its deadline', async (poison, code) => {
    const headers = { authorization: '$CLIENT_SECRET', 'x-poison': poison };
    const [poisoned, next] = await Promise.all([
      ask({ queue: poison, headers, timeout: 400 }),
      ask({ queue: poison }),
      ask({ queue: `beside ${poison}` }),
    ]);
    expect([poisoned.error?.code, next.status]).toEqual([code, 'RESOLVED']);
  });
});
