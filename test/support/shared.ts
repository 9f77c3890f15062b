import { afterAll, beforeAll } from 'vitest';
import { startTestServer, type TestServer, type TestServerOptions } from './server.ts';
import { startThirdParty, type ThirdParty } from './third-party.ts';

export interface Shared {
  readonly server: TestServer;
  readonly thirdParty: ThirdParty;
}

/** A third party, and a server that may reach it, for all the tests of a file. */
export function shareServer(options: TestServerOptions = {}): Shared {
  let running: Shared | undefined;
  beforeAll(async () => {
    const thirdParty = await startThirdParty();
    running = { thirdParty, server: await startTestServer([`127.0.0.1:${thirdParty.port}`], options) };
  });
  afterAll(async () => {
    await running?.server.close();
    await running?.thirdParty.close();
  });
  function started(): Shared {
    if (running === undefined) throw new Error('It starts with the tests of the file');
    return running;
  }
  return {
    get server() {
      return started().server;
    },
    get thirdParty() {
      return started().thirdParty;
    },
  };
}
