import { notFound } from '../errors.ts';
import { builder } from '../graphql/builder.ts';
import { tenantOf } from '../graphql/context.ts';
import { encodeGlobalId, localId } from '../graphql/global-id.ts';
import { HttpMethodEnum } from '../secrets/client-secrets.graphql.ts';
import type { RequestRecord } from './request.ts';
import { ClientSecretRequestRef } from './requests.graphql.ts';

const ClientSecretRequestInput = builder.inputType('ClientSecretRequestInput', {
  fields: (t) => ({
    clientSecretName: t.string({ required: true }),
    url: t.string({ required: true }),
    method: t.field({ type: HttpMethodEnum, required: true }),
    headers: t.field({ type: 'JSONObject' }),
    data: t.field({ type: 'JSON', description: 'The body; with POST, PUT and PATCH.' }),
    params: t.field({ type: 'JSONObject', description: 'The query string; with GET and DELETE.' }),
    queue: t.string({
      description: 'Requests with the same url, method and queue are sent one after another, in the order received.',
    }),
    expires: t.int({
      description: 'Milliseconds until a request that is still pending fails; 900000 unless told.',
    }),
    timeout: t.int({ description: 'Milliseconds for the third party to answer in full, once sent.' }),
    idempotencyKey: t.string({
      description:
        "A second submission with the same key, by the same caller, returns the first one's request and sends nothing.",
    }),
    wait: t.int({
      description:
        'Milliseconds that the mutation may wait for the request to settle; 0, returning at once, unless told.',
    }),
  }),
});

const ClientSecretRequestIdInput = builder.inputType('ClientSecretRequestIdInput', {
  fields: (t) => ({ id: t.id({ required: true }) }),
});

const ClientSecretRequestPayload = builder
  .objectRef<{ request: RequestRecord }>('ClientSecretRequestPayload')
  .implement({ fields: (t) => ({ request: t.expose('request', { type: ClientSecretRequestRef }) }) });

const DeleteClientSecretRequestPayload = builder
  .objectRef<{ id: string }>('DeleteClientSecretRequestPayload')
  .implement({ fields: (t) => ({ id: t.exposeID('id') }) });

builder.mutationFields((t) => ({
  clientSecretRequest: t.field({
    type: ClientSecretRequestPayload,
    description: 'Has the server make a request with a client secret in it.',
    authScopes: { tenant: true },
    args: { input: t.arg({ type: ClientSecretRequestInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const caller = tenantOf(context);
      // Here, for each field: aliases don't get around the limit.
      await context.services.rateLimit(caller);
      const { requestId, trace } = context;
      return { request: await context.services.requests.submit(caller, input, { requestId, trace }) };
    },
  }),
  cancelClientSecretRequest: t.field({
    type: ClientSecretRequestPayload,
    description: 'A settled request is returned as it is.',
    authScopes: { tenant: true },
    args: { input: t.arg({ type: ClientSecretRequestIdInput, required: true }) },
    resolve: async (_root, { input }, context) => ({
      request: await context.services.requests.cancel(tenantOf(context), requestId(input.id)),
    }),
  }),
  deleteClientSecretRequest: t.field({
    type: DeleteClientSecretRequestPayload,
    description: 'Cancels it first where it is pending.',
    authScopes: { tenant: true },
    args: { input: t.arg({ type: ClientSecretRequestIdInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const id = requestId(input.id);
      await context.services.requests.remove(tenantOf(context), id);
      return { id: encodeGlobalId('ClientSecretRequest', id) };
    },
  }),
}));

function requestId(globalId: string): string {
  const id = localId('ClientSecretRequest', globalId);
  if (id === null) throw notFound('There is no such request.');
  return id;
}
