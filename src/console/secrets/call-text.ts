import type { ClientSecret, HttpMethod, SecretPlacement } from '../api/types.ts';

/** What a page writes to use a client secret. */
export interface CallTexts {
  object: string;
  form: string;
}

interface Call {
  url: string;
  method: HttpMethod;
  fields: [string, string][];
}

/** `origin`: of the server; `clientId`: one of the application's. */
export function callTexts(secret: ClientSecret, origin: string, clientId: string): CallTexts {
  const { url, method, fields } = callOf(secret);
  const hasBody = method !== 'GET' && method !== 'DELETE';
  const content = hasBody ? 'data' : 'params';
  const isForUsers = secret.locked || secret.usersAllowed.length + secret.groupsAllowed.length > 0;
  const imports = [
    `import { createClient } from ${quote(`${origin}/client.js`)};`,
    '',
    `const keyhole = createClient({ clientId: ${quote(clientId)}${isForUsers ? ', getToken: () => userToken' : ''} });`,
  ];
  const [placed] = fields;
  const object = [
    ...imports,
    '',
    'const answer = await keyhole.clientSecretRequest({',
    `  clientSecretName: ${quote(secret.name)},`,
    `  url: ${quote(url)},`,
    `  method: ${quote(method)},`,
    ...fields.map(([name, value]) => `  ${asProperty(name, value)},`),
    ...(placed?.[0].startsWith(content) ? [] : [`  ${content}: { /* what the third party asks for */ },`]),
    '  poll: 1000,',
    '});',
  ];
  const hidden = [['clientSecretName', secret.name], ['url', url], ['method', method], ...fields, ['poll', '1000']];
  const form = [
    '<form id="request">',
    ...hidden.map(
      ([name = '', value = '']) => `  <input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`,
    ),
    `  <label>Prompt <input name="${content}[prompt]"></label>`,
    '  <button>Send</button>',
    '</form>',
    '<script type="module">',
    ...imports.map((line) => line && `  ${line}`),
    '',
    "  document.getElementById('request').addEventListener('submit', async (event) => {",
    '    const answer = await keyhole.clientSecretRequest(event);',
    '  });',
    '</script>',
  ];
  return { object: object.join('\n'), form: form.join('\n') };
}

/** A call that the client secret allows; fields are named as in a form. */
function callOf({ allowedUrls, allowedMethods, allowedPlacements }: ClientSecret): Call {
  const [allowed = ''] = allowedUrls;
  const base = allowed.replace('://*.', '://your-host.');
  const placement: SecretPlacement = allowedPlacements[0] ?? 'HEADERS';
  const allows = (methods: HttpMethod[]) =>
    methods.find((method) => allowedMethods.length === 0 || allowedMethods.includes(method));
  const method = allows(['POST', 'PUT', 'PATCH', 'GET', 'DELETE']) ?? 'POST';
  const asked = allows(['GET', 'DELETE']) ?? 'GET';
  switch (placement) {
    case 'HEADERS':
      return { url: base, method, fields: [['headers[Authorization]', 'Bearer $CLIENT_SECRET']] };
    case 'DATA':
      return { url: base, method, fields: [['data[key]', '$CLIENT_SECRET']] };
    case 'PARAMS':
      return { url: base, method: asked, fields: [['params[key]', '$CLIENT_SECRET']] };
    case 'URL':
      return { url: `${base.replace(/\/$/, '')}/$CLIENT_SECRET`, method: asked, fields: [] };
  }
}

/** `headers[Authorization]` as a property of an object. */
function asProperty(name: string, value: string): string {
  const [outer, inner] = name.replace(']', '').split('[');
  return `${outer}: { ${inner}: ${quote(value)} }`;
}

/** A JavaScript string; nor does it end a script element. */
function quote(text: string): string {
  const escaped = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'");
  return `'${escaped.replaceAll('</', '<\\/')}'`;
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
}
