import { builder } from '../graphql/builder.ts';
import { toConnection } from '../graphql/connection.ts';
import { type Context, tenantOf } from '../graphql/context.ts';
import { localId } from '../graphql/global-id.ts';
import { loadText } from '../graphql/loaded-text.ts';
import { parseJson } from '../ordered-json.ts';
import { HttpMethodEnum } from '../secrets/client-secrets.graphql.ts';
import type { RequestError, RequestRecord } from './request.ts';

const RequestStatusEnum = builder.enumType('RequestStatus', { values: ['PENDING', 'RESOLVED', 'FAILED'] as const });

const SortDirection = builder.enumType('SortDirection', { values: ['ASC', 'DESC'] as const });

const RequestErrorCodeEnum = builder.enumType('RequestErrorCode', {
  description: 'Why a request failed.',
  values: {
    UPSTREAM_STATUS: { description: 'The third party answered with a status of 400 or above.' },
    UPSTREAM_REDIRECT: {
      description: 'The third party answered with a redirect, which is never followed with a secret.',
    },
    UPSTREAM_UNREACHABLE: { description: 'No connection, or it broke before a whole response arrived.' },
    UPSTREAM_TIMEOUT: {},
    RESPONSE_TOO_LARGE: { description: 'The response was larger than the server takes.' },
    RESPONSE_UNREADABLE: {
      description:
        'The response was encoded in a way that the server cannot undo, so that it could not be searched for the secret.',
    },
    DESTINATION_NOT_ALLOWED: { description: 'The URL resolved to an address that the server does not connect to.' },
    SECRET_NOT_USABLE: {
      description: 'The client secret was disabled, deleted or narrowed between submission and sending.',
    },
    EXPIRED: {},
    CANCELED: {},
    OUTCOME_UNKNOWN: {
      description: 'The server stopped after the request may have been sent, and it is not safe to send twice.',
    },
  },
});

const RequestErrorRef = builder.objectRef<RequestError>('RequestError').implement({
  fields: (t) => ({
    code: t.expose('code', { type: RequestErrorCodeEnum }),
    message: t.exposeString('message'),
  }),
});

export const ClientSecretRequestRef = builder.objectRef<RequestRecord>('ClientSecretRequest');
builder.node(ClientSecretRequestRef, {
  id: { resolve: (request) => request.id },
  loadWithoutCache: (id: string, context) => loadRequest(id, context),
  fields: (t) => ({
    status: t.expose('status', { type: RequestStatusEnum }),
    clientSecretName: t.exposeString('clientSecretName'),
    clientSecretVersion: t.exposeInt('clientSecretVersion', { nullable: true }),
    url: t.exposeString('url', { description: 'The URL as submitted: placeholders stand in it, never the secret.' }),
    method: t.expose('method', { type: HttpMethodEnum }),
    queue: t.exposeString('queue', { nullable: true }),
    queuePosition: t.int({
      nullable: true,
      description:
        'How many unsettled requests of the same queue come before it; null once settled or without a queue.',
      resolve: (request, _args, { services }) => services.requests.queuePosition(request),
    }),
    requestHeaders: t.field({
      type: 'JSONObject',
      nullable: true,
      description: 'The headers as submitted.',
      resolve: (request) => request.headers,
    }),
    requestBody: t.field({
      type: 'JSON',
      nullable: true,
      description: 'The `data` or `params` as submitted.',
      resolve: (request) => request.body,
    }),
    statusCode: t.int({ nullable: true, resolve: (request) => request.response?.statusCode }),
    responseHeaders: t.field({
      type: 'JSONObject',
      nullable: true,
      resolve: (request) => request.response?.headers,
    }),
    responseBody: t.field({
      type: 'JSON',
      nullable: true,
      description: 'The response, parsed where it is JSON, as a string where it is text, null where it is binary.',
      resolve: ({ response }) => {
        if (response === null || response.body === null || response.kind === 'binary') return null;
        return response.kind === 'json' ? parseJson(response.body) : response.body;
      },
    }),
    responseText: t.string({
      nullable: true,
      description: 'The exact text of a JSON or text response.',
      resolve: ({ response }) => (response?.kind === 'binary' ? null : response?.body),
    }),
    responseBase64: t.string({
      nullable: true,
      description: 'The bytes of a response that is neither.',
      resolve: ({ response }) => (response?.kind === 'binary' ? response.body : null),
    }),
    error: t.expose('error', { type: RequestErrorRef, nullable: true }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    startedAt: t.expose('startedAt', { type: 'DateTime', nullable: true }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      description: 'A request that is not settled by then, waiting or being sent, fails with EXPIRED.',
    }),
  }),
});

export const ClientSecretRequestFilter = builder.inputType('ClientSecretRequestFilter', {
  description: "Some requests of the caller's; what is left out does not narrow them.",
  fields: (t) => ({
    url: t.string(),
    method: t.field({ type: HttpMethodEnum }),
    queue: t.string(),
    status: t.field({ type: RequestStatusEnum }),
    clientSecretName: t.string(),
  }),
});

builder.queryFields((t) => ({
  clientSecretRequest: t.field({
    type: ClientSecretRequestRef,
    nullable: true,
    authScopes: { tenant: true },
    args: { id: t.arg.id({ required: true }) },
    resolve: (_root, args, context) => {
      const id = localId('ClientSecretRequest', args.id);
      return id === null ? null : loadRequest(id, context);
    },
  }),
  clientSecretRequestHistory: t.connection(
    {
      type: ClientSecretRequestRef,
      description: "The caller's own requests.",
      authScopes: { tenant: true },
      args: {
        filter: t.arg({ type: ClientSecretRequestFilter }),
        direction: t.arg({
          type: SortDirection,
          defaultValue: 'DESC',
          description: 'By time of submission; newest first unless told.',
        }),
      },
      resolve: async (_root, { filter, direction, ...args }, context) => {
        const load = () =>
          context.services.requests.history(tenantOf(context), filter ?? {}, direction ?? 'DESC', args);
        return toConnection(await loadText(context, load, ({ edges }) => sum(edges.map(({ node }) => textOf(node)))));
      },
    },
    { name: 'ClientSecretRequestConnection' },
    { name: 'ClientSecretRequestEdge' },
  ),
}));

async function loadRequest(id: string, context: Context): Promise<RequestRecord | null> {
  const { caller, services } = context;
  return caller.kind === 'OPERATOR' ? null : loadText(context, () => services.requests.find(caller, id), textOf);
}

function textOf(record: RequestRecord | null): number {
  return record?.response?.body?.length ?? 0;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
