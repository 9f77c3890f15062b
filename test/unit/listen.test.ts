import { createServer, type Server } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { listen } from '../../src/listen.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

function open(port: number, host: string): Promise<void> {
  const server = createServer();
  servers.push(server);
  return listen(server, port, host, 'PORT');
}

it('names the settings to look at where it cannot listen', async () => {
  await open(0, '127.0.0.1');
  const address = servers[0]?.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  const refusals = await Promise.allSettled([
    open(port, '127.0.0.1'),
    // Of documentation alone (RFC 5737): no machine has it.
    open(0, '192.0.2.1'),
    open(0, 'no-such-host.invalid'),
  ]);
  const messages = refusals.map((refusal) => refusal.status === 'rejected' && refusal.reason.message);
  expect(messages).toEqual([
    `Cannot listen on port ${port} of 127.0.0.1: it is in use already: check HOST and PORT`,
    'Cannot listen on port 0 of 192.0.2.1: this machine has no such address: check HOST and PORT',
    expect.stringMatching(/^Cannot listen on port 0 of no-such-host.invalid: .*name.*: check HOST and PORT$/),
  ]);
});
