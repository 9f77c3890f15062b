export type Headers = Record<string, string>;

export interface ClientError {
  message: string;
  path?: (string | number)[];
  extensions: { code: string; parameter?: string; retryAfterMs?: number; errorId?: string };
}

export interface GraphQLResult<Data> {
  status: number;
  headers: globalThis.Headers;
  /** Reading it where the answer has errors fails the test, and shows them. */
  readonly data: Data;
  errors: ClientError[];
  /** The whole answer as it came. */
  text: string;
}

/** Asks as a client does, by POST. */
export async function postGraphQL<Data>(
  url: string,
  headers: Headers,
  query: string,
  variables: object = {},
): Promise<GraphQLResult<Data>> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
    body: JSON.stringify({ query, variables }),
  });
  const text = await response.text();
  // What the server answers is what the test is about to check.
  const body = JSON.parse(text) as { data?: Data; errors?: ClientError[] };
  return {
    status: response.status,
    headers: response.headers,
    get data() {
      if (body.errors !== undefined || body.data === undefined) throw new Error(`No data: ${text}`);
      return body.data;
    },
    errors: body.errors ?? [],
    text,
  };
}
