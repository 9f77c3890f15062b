import { serveRuns } from './process.ts';
import { createThirdPartyClient } from './third-party-client.ts';

/** The request to the third party, and nothing else. */
const { call, took } = createThirdPartyClient();

serveRuns(async () => took(await call()));
