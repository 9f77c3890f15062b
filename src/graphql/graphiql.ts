import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { renderGraphiQL } from '@graphql-yoga/render-graphiql';

const MAIN_JOB = `# The main job of Keyhole: a page says what to ask, the server puts the secret in and asks.
# Put the client ID and the client secret of an application into Headers below, then run the operations one by one.
# The arrows at the left fetch the documentation of the API.

# 1. Keep a secret. It can only be sent below https://api.example.com, and nothing gives it back.
mutation KeepSecret {
  createClientSecret(
    input: { name: "example", clientSecret: "sk-an-example-value", allowedUrls: ["https://api.example.com"] }
  ) {
    clientSecret { id name maskedSecret }
  }
}

# 2. Have a request made with it. \`wait\` lets the answer come with the mutation.
mutation Ask {
  clientSecretRequest(
    input: {
      clientSecretName: "example"
      url: "https://api.example.com/v1/images"
      method: POST
      headers: { Authorization: "Bearer $CLIENT_SECRET" }
      data: { prompt: "A keyhole", n: 1 }
      wait: 10000
    }
  ) {
    request { id status statusCode responseBody error { code message } }
  }
}

# 3. Listen to every request, as they are submitted and answered.
subscription Listen {
  clientSecretRequestHistoryUpdated { id status url statusCode }
}
`;

/**
 * Secrets are typed into it. Of itself it copies what is typed to the address (browser history, and at a reload the log
 * of every proxy) and into the browser's lasting storage; a null, which its types do not have, is how to take a default
 * of it away from the outside.
 */
const KEEPS_NOTHING = { onEditQuery: null, storage: null };

const HEADERS = JSON.stringify({ 'X-Client-Id': '', 'X-Client-Secret': '' }, null, 2);

/** Scripts stand in the page, and nothing may be fetched from any other host. Workers are made from what it carries. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'unsafe-inline' 'unsafe-eval' blob:",
  'worker-src blob:',
  "style-src 'unsafe-inline'",
  'img-src data: blob:',
  'font-src data:',
  "connect-src 'self' data: blob:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

let page: { plain: Buffer; zipped: Buffer } | undefined;

/** GraphiQL with everything that it needs in one page. */
export function sendGraphiQL(req: IncomingMessage, res: ServerResponse): void {
  page ??= renderPage();
  const zip = req.headers['accept-encoding']?.includes('gzip') === true;
  const body = zip ? page.zipped : page.plain;
  if (zip) res.setHeader('Content-Encoding', 'gzip');
  res.writeHead(200, {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Length': body.length,
    'Content-Security-Policy': CONTENT_SECURITY_POLICY,
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
  });
  res.end(body);
}

// Several megabytes: made when the first one asks.
function renderPage(): { plain: Buffer; zipped: Buffer } {
  const html = renderGraphiQL({
    title: 'Keyhole',
    endpoint: '/graphql',
    // Over WebSocket it would leave out the headers that are typed in, and with them the caller.
    subscriptionsProtocol: 'GRAPHQL_SSE',
    defaultTabs: [{ query: MAIN_JOB, headers: HEADERS }],
    defaultQuery: MAIN_JOB,
    headers: HEADERS,
    isHeadersEditorEnabled: true,
    defaultEditorToolsVisibility: 'headers',
    // Not even offered in its settings.
    shouldPersistHeaders: false,
    ...KEEPS_NOTHING,
  });
  const plain = Buffer.from(html);
  return { plain, zipped: gzipSync(plain) };
}
