import { type ClientSecretFields, secretsOf } from './client-secrets.ts';
import type { Headers } from './graphql.ts';
import { REQUEST_UPDATED, type RequestUpdated, subscribeBySse } from './listening.ts';
import { REQUEST_FIELDS, type RequestFields, SUBMIT, type Submitted } from './secrets.ts';
import type { TestApplication } from './server.ts';
import type { Shared } from './shared.ts';

export interface Asker {
  app: TestApplication;
  secret: ClientSecretFields;
  headers: Headers;
  /** The input of a submission by default: a POST to the third party. */
  input: object;
  submit(input?: object): Promise<RequestFields>;
  /** The same, once it is settled. */
  settle(input?: object): Promise<RequestFields>;
  /** What a submission that should be refused is answered: code and parameter. */
  refusal(input: object): Promise<string>;
  /** The end of a request, heard through a subscription. */
  settled(id: string): Promise<RequestFields>;
  find(id: string): Promise<RequestFields | null>;
  cancel(id: string): Promise<RequestFields>;
  remove(id: string): Promise<string>;
  /** The same with other credentials. */
  as(headers: Headers): Asker;
}

const FIND = `query ($id: ID!) { clientSecretRequest(id: $id) { ...R } } ${REQUEST_FIELDS}`;
const CANCEL = `mutation ($input: ClientSecretRequestIdInput!) {
  cancelClientSecretRequest(input: $input) { request { ...R } }
} ${REQUEST_FIELDS}`;
const DELETE = 'mutation ($input: ClientSecretRequestIdInput!) { deleteClientSecretRequest(input: $input) { id } }';

/** A visitor of an application of its own, with a secret that may stand anywhere in requests to the third party. */
export async function startAsker({ server, thirdParty }: Shared, rules: object = {}): Promise<Asker> {
  const app = await server.createApplication();
  const secret = await secretsOf(server, app.asApplication).create({
    allowedUrls: [thirdParty.origin],
    allowedPlacements: ['HEADERS', 'PARAMS', 'DATA', 'URL'],
    ...rules,
  });
  const base = {
    clientSecretName: secret.name,
    url: `${thirdParty.origin}/v1`,
    method: 'POST',
    headers: { authorization: 'Bearer $CLIENT_SECRET' },
  };
  return askerOf(server, app, secret, base, app.asVisitor('visitor-0123456789'));
}

function askerOf(
  server: Shared['server'],
  app: TestApplication,
  secret: ClientSecretFields,
  base: object,
  headers: Headers,
): Asker {
  async function submit(input: object = {}): Promise<RequestFields> {
    const { data } = await server.post<Submitted>(headers, SUBMIT, { input: { ...base, ...input } });
    return data.clientSecretRequest.request;
  }
  async function refusalTo(query: string, input: object): Promise<string> {
    const [error] = (await server.post(headers, query, { input })).errors;
    return error === undefined ? 'none' : [error.extensions.code, error.extensions.parameter].filter(Boolean).join(' ');
  }
  return {
    app,
    secret,
    headers,
    input: base,
    submit,
    settle: (input) => submit({ wait: 15_000, ...input }),
    refusal: (input) => refusalTo(SUBMIT, { ...base, ...input }),
    async settled(id) {
      const last = (await subscribeBySse<RequestUpdated>(server.url, headers, REQUEST_UPDATED, { id }).rest()).at(-1);
      const request = last?.data?.clientSecretRequestUpdated;
      if (request === undefined) throw new Error(`No request: ${JSON.stringify(last)}`);
      return request;
    },
    find: async (id) =>
      (await server.post<{ clientSecretRequest: RequestFields | null }>(headers, FIND, { id })).data
        .clientSecretRequest,
    cancel: async (id) => {
      const { data } = await server.post<{ cancelClientSecretRequest: { request: RequestFields } }>(headers, CANCEL, {
        input: { id },
      });
      return data.cancelClientSecretRequest.request;
    },
    remove: (id) => refusalTo(DELETE, { id }),
    as: (others) => askerOf(server, app, secret, base, others),
  };
}
