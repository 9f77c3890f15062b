import { once } from 'node:events';
import type { Server } from 'node:net';
import { codeOf } from './error-code.ts';

const FAULTS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'it is in use already',
  EACCES: 'this user may not',
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'there is no host of this name',
  EAI_AGAIN: 'the name of the host cannot be looked up',
};

/** Resolves when the server listens; rejects with what to tell the operator. `setting` names where the port comes from. */
export async function listen(server: Server, port: number, host: string, setting: string): Promise<void> {
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (error) {
    const code = codeOf(error);
    // An error of its own: how it came about, a look-up of a name for one, says nothing to who set HOST.
    throw new Error(`Cannot listen on port ${port} of ${host}: ${FAULTS[code] ?? code}: check HOST and ${setting}`);
  }
}
