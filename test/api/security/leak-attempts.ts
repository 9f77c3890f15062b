/** Operations that fail with a secret in them. Add a row: the value is in it where a client by mistake may write it. */
export interface Attempt {
  name: string;
  /** The backend unless told. */
  as?: 'operator' | 'visitor' | 'user';
  query: string;
  variables?: object;
}

export const CREATE =
  'mutation ($input: CreateClientSecretInput!) { createClientSecret(input: $input) { clientSecret { id } } }';
const UPDATE =
  'mutation ($input: UpdateClientSecretInput!) { updateClientSecret(input: $input) { clientSecret { id } } }';
export const ROTATE =
  'mutation ($input: RotateClientSecretInput!) { rotateClientSecret(input: $input) { clientSecret { id } } }';
const SUBMIT = 'mutation ($input: ClientSecretRequestInput!) { clientSecretRequest(input: $input) { request { id } } }';
const CANCEL =
  'mutation ($input: ClientSecretRequestIdInput!) { cancelClientSecretRequest(input: $input) { request { id } } }';
const APPLICATION = 'mutation ($input: CreateApplicationInput!) { createApplication(input: $input) { clientId } }';
const TOKEN = 'mutation ($input: IssueUserTokenInput!) { issueUserToken(input: $input) { token } }';
const HISTORY = `query ($filter: ClientSecretRequestFilter, $first: Int, $after: String) {
  clientSecretRequestHistory(filter: $filter, first: $first, after: $after) { nodes { id } }
}`;
const UPDATED = 'subscription ($id: ID!) { clientSecretRequestUpdated(id: $id) { id } }';
const LISTEN = `subscription ($filter: ClientSecretRequestFilter) {
  clientSecretRequestHistoryUpdated(filter: $filter) { id }
}`;

/** `secretId` is of one that stands, called `taken`, which may be sent to `origin`; `value` is what must show nowhere. */
export function attemptsWith(value: string, { secretId, origin }: { secretId: string; origin: string }): Attempt[] {
  const literal = JSON.stringify(value);
  const good = { name: 'new', clientSecret: value, allowedUrls: [origin] };
  const request = {
    clientSecretName: 'taken',
    url: origin,
    method: 'POST',
    headers: { authorization: 'Bearer $CLIENT_SECRET' },
  };
  const create = (name: string, input: unknown): Attempt => ({ name, query: CREATE, variables: { input } });
  const submit = (name: string, input: object): Attempt => ({
    name: `submitting ${name}`,
    query: SUBMIT,
    variables: { input: { ...request, ...input } },
  });

  return [
    // A secret that is not kept.
    create('with a line break at its end', { ...good, clientSecret: `${value}\n` }),
    create('with NUL', { ...good, clientSecret: `${value}\0` }),
    create('with half a character', { ...good, clientSecret: `${value}\ud800` }),
    create('too long', { ...good, clientSecret: value.repeat(600) }),
    create('under a name that is taken', { ...good, name: 'taken' }),
    create('as its own name, with NUL', { ...good, name: `${value}\0` }),
    create('without a destination', { ...good, allowedUrls: [] }),
    create('with itself in a destination', { ...good, allowedUrls: [`https://api.example/?key=${value}`] }),
    create('with itself as a password', { ...good, allowedUrls: [`https://user:${value}@api.example`] }),
    create('with itself as a destination', { ...good, allowedUrls: [value] }),
    create('with itself as a host', { ...good, allowedUrls: [`https://${value}`] }),
    create('with a placement of no kind', { ...good, allowedPlacements: [] }),
    create('as a list', { ...good, clientSecret: [value] }),
    create('as an object', { ...good, clientSecret: { value } }),
    create('as a method', { ...good, allowedMethods: [value] }),
    create('as a boolean', { ...good, locked: value }),
    create('as tags that are too long', { ...good, tags: [value.repeat(20)] }),
    create('as a user that is too long', { ...good, usersAllowed: [{ username: value.repeat(20) }] }),
    create('in a field that is none', { ...good, secret: value }),
    create('without a name', { clientSecret: value, allowedUrls: [origin] }),
    create('as the whole input', value),
    { ...create('by a visitor', good), as: 'visitor' },
    { ...create('by a user that may not', good), as: 'user' },
    { ...create('by the operator', good), as: 'operator' },
    { name: 'rotating what is not there', query: ROTATE, variables: { input: { id: 'none', clientSecret: value } } },
    { name: 'rotating by its value', query: ROTATE, variables: { input: { id: value, clientSecret: value } } },
    { name: 'rotating to a line', query: ROTATE, variables: { input: { id: secretId, clientSecret: `${value}\r\n` } } },
    {
      name: 'rotating as a visitor',
      as: 'visitor',
      query: ROTATE,
      variables: { input: { id: secretId, clientSecret: value } },
    },
    { name: 'updating the value', query: UPDATE, variables: { input: { id: secretId, clientSecret: value } } },
    {
      name: 'updating a URL',
      query: UPDATE,
      variables: { input: { id: secretId, allowedUrls: [`http://${value}/`] } },
    },

    // In the document itself.
    { name: 'a literal of the wrong type', query: `{ clientSecrets(first: ${literal}) { totalCount } }` },
    { name: 'a literal in a list', query: `{ clientSecret(name: [${literal}]) { id } }` },
    { name: 'a literal in an object', query: `{ clientSecret(name: { v: ${literal} }) { id } }` },
    {
      name: 'a literal as an enum',
      query: SUBMIT.replace('$input)', `{ clientSecretName: "a", url: "b", method: ${literal} })`),
    },
    {
      name: 'a literal as JSON of no object',
      query: `mutation { clientSecretRequest(input: { clientSecretName: "taken", url: "${origin}", method: POST, headers: ${literal} }) { request { id } } }`,
    },
    {
      name: 'a literal without its colon',
      query: `mutation { createClientSecret(input: { clientSecret ${literal} }) { clientSecret { id } } }`,
    },
    {
      name: 'a literal that is not closed',
      query: `mutation { createClientSecret(input: { clientSecret: ${literal.slice(0, -1)} }) { clientSecret { id } } }`,
    },
    { name: 'a block that stands alone', query: `{ """${value}""" }` },
    { name: 'no quotes at all', query: `{ clientSecret(name: ${value}) { id } }` },
    { name: 'the value alone', query: value },
    { name: 'a comment', query: `# ${value}\n{` },
    {
      name: 'a default that does not fit',
      query: `query ($first: Int = ${literal}) { clientSecrets(first: $first) { totalCount } }`,
    },
    { name: 'a directive', query: `{ viewer @skip(if: ${literal}) { kind } }` },

    // Where something else belongs.
    { name: 'a cursor', query: HISTORY, variables: { after: value } },
    { name: 'a size', query: HISTORY, variables: { first: value } },
    { name: 'a URL to filter by', query: HISTORY, variables: { filter: { url: value } } },
    { name: 'a host to filter by', query: HISTORY, variables: { filter: { url: `https://[${value}]/` } } },
    { name: 'a status to filter by', query: HISTORY, variables: { filter: { status: value } } },
    { name: 'a queue to filter by, with NUL', query: HISTORY, variables: { filter: { queue: `${value}\0` } } },
    {
      name: 'a tag, with NUL',
      query: `query ($tag: String) { clientSecrets(tag: $tag) { totalCount } }`,
      variables: { tag: `${value}\0` },
    },
    { name: 'cancelling by the value', query: CANCEL, variables: { input: { id: value } } },
    { name: 'listening by the value', query: UPDATED, variables: { id: value } },
    { name: 'listening with a URL', query: LISTEN, variables: { filter: { url: value } } },
    {
      name: 'an origin',
      as: 'operator',
      query: APPLICATION,
      variables: { input: { name: 'x', allowedOrigins: [value] } },
    },
    {
      name: 'an address of keys',
      as: 'operator',
      query: APPLICATION,
      variables: {
        input: { name: 'x', userTokens: { issuer: 'i', audience: 'a', jwksUrl: `https://u:${value}@idp.example` } },
      },
    },
    {
      name: 'groups that are too long',
      query: TOKEN,
      variables: { input: { username: 'u', groups: [value.repeat(20)] } },
    },

    // Written out in a request, in the place of a placeholder.
    submit('a user', { url: origin.replace('://', `://user:${value}@`) }),
    submit('a host', { url: `https://${value}.example/` }),
    submit('no URL', { url: value }),
    submit('a fragment', { url: `${origin}/#${value}` }),
    submit('a path that climbs', { url: `${origin}/${encodeURIComponent(value)}/../..` }),
    submit('a path elsewhere', { url: `https://elsewhere.example/${encodeURIComponent(value)}` }),
    submit('a line in a header', { headers: { authorization: `Bearer ${value}\r\n$CLIENT_SECRET` } }),
    submit('a header of the hop', { headers: { 'proxy-authorization': `${value} $CLIENT_SECRET` } }),
    submit('a list in a header', { headers: { authorization: [value] } }),
    submit('headers that are none', { headers: value }),
    submit('no placeholder', { headers: { authorization: `Bearer ${value}` } }),
    submit('Base64 of no placeholder', { headers: { authorization: `Basic $BASE64(${value})` } }),
    submit('Base64 that is not closed', { headers: { authorization: `Basic $BASE64(${value}$CLIENT_SECRET` } }),
    submit('an ID that is not there', { headers: { authorization: `${value} $CLIENT_ID $CLIENT_SECRET` } }),
    submit('in a placement of another', { data: { key: `${value} $CLIENT_SECRET` } }),
    submit('with NUL', { data: { key: `${value}\0` } }),
    submit('params with POST', { params: { key: value } }),
    submit('params that are a list', { method: 'GET', params: [value] }),
    submit('text as a form', { headers: { ...request.headers, 'content-type': 'multipart/form-data' }, data: value }),
    submit('a part that is none', {
      headers: { ...request.headers, 'content-type': 'multipart/form-data' },
      data: { part: { filename: value } },
    }),
    submit('a queue that is too long', { queue: value.repeat(100) }),
    submit('a key that is too long', { idempotencyKey: value.repeat(20) }),
    submit('a name that is none', { clientSecretName: value }),
    submit('a time that is none', { timeout: value }),
    submit('too much', { data: { text: value.repeat(60_000) } }),
  ];
}

/** Credentials that hold the value, by header; over WebSocket they stand in the payload. */
export function credentialsWith(value: string, clientId: string): Record<string, string>[] {
  const ascii = Buffer.from(value).toString('latin1');
  return [
    { authorization: `Bearer ${ascii}` },
    { authorization: ascii },
    { 'x-client-id': ascii },
    { 'x-client-id': clientId, 'x-client-secret': ascii },
    { 'x-client-id': clientId, authorization: `Bearer ${ascii}` },
    { 'x-client-id': clientId, authorization: `Bearer ${Buffer.from(value).toString('base64url')}.x.y` },
    { 'x-client-id': clientId, 'x-visitor-id': ascii },
    { 'x-client-id': clientId, 'x-client-secret': ascii, authorization: `Bearer ${ascii}` },
    { 'x-client-secret': ascii },
    { 'x-client-id': clientId, 'x-ibm-client-id': ascii },
  ];
}

/** What is no message of graphql-transport-ws, or one out of its turn. */
export function messagesWith(value: string): (string | object)[] {
  const query = '{ viewer { kind } }';
  return [
    value,
    `{"type":"${value}`,
    [value],
    { type: value },
    { type: 'connection_init', payload: { authorization: value } },
    { id: '1', type: 'subscribe', payload: { query: [value] } },
    { id: '1', type: 'subscribe', payload: { query, variables: value } },
    { id: '1', type: 'subscribe', payload: { query, operationName: [value] } },
    { id: [value], type: 'subscribe', payload: { query } },
    { id: '1', type: 'next', payload: value },
  ];
}

/** What is no GraphQL request. */
export function bodiesWith(value: string): (RequestInit & { query?: string; headers?: Record<string, string> })[] {
  const json = { 'content-type': 'application/json' };
  const bytes = Buffer.from(value).toString('latin1');
  const post = (body: string, headers: Record<string, string> = json) => ({ method: 'POST', body, headers });
  return [
    post(value),
    post(`{"query":"${value}`),
    post(JSON.stringify([value])),
    post(JSON.stringify({ query: [value] })),
    post(JSON.stringify({ query: '{ viewer { kind } }', variables: value })),
    post(JSON.stringify({ query: '{ viewer { kind } }', operationName: [value] })),
    post(JSON.stringify({ query: '{ viewer { kind } }', operationName: value }), {
      ...json,
      accept: 'application/graphql-response+json',
    }),
    post('{}', { 'content-type': bytes }),
    post('{}', { 'content-type': `application/json; charset=${bytes}` }),
    post('{}', { ...json, 'content-encoding': bytes }),
    post('{}', { ...json, accept: bytes }),
    post('{}', { ...json, origin: bytes }),
    post('{}', { ...json, origin: `https://${bytes}` }),
    post('{}', { ...json, 'x-request-id': bytes }),
    { query: `?query=${encodeURIComponent('{ viewer { kind } }')}&variables=${encodeURIComponent(value)}` },
    { query: `?query=${encodeURIComponent(value)}`, headers: { accept: 'application/graphql-response+json' } },
    { query: `/${encodeURIComponent(value)}` },
    { method: 'PUT', body: value, headers: json },
  ];
}
