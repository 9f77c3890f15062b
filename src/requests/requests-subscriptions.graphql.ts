import { notFound } from '../errors.ts';
import { builder } from '../graphql/builder.ts';
import { tenantOf } from '../graphql/context.ts';
import { localId } from '../graphql/global-id.ts';
import { ClientSecretRequestFilter, ClientSecretRequestRef } from './requests.graphql.ts';

builder.subscriptionFields((t) => ({
  clientSecretRequestUpdated: t.field({
    type: ClientSecretRequestRef,
    description: 'The request as it stands now, then at each change; completes once it is settled.',
    authScopes: { tenant: true },
    args: { id: t.arg.id({ required: true }) },
    subscribe: (_root, args, context) => {
      const id = localId('ClientSecretRequest', args.id);
      if (id === null) throw notFound('There is no such request.');
      return context.services.requests.updates(tenantOf(context), id);
    },
    resolve: (request) => request,
  }),
  clientSecretRequestHistoryUpdated: t.field({
    type: ClientSecretRequestRef,
    description: "Each request of the caller's that matches, whenever one is submitted or changes.",
    authScopes: { tenant: true },
    args: { filter: t.arg({ type: ClientSecretRequestFilter }) },
    subscribe: (_root, { filter }, context) =>
      context.services.requests.historyUpdates(tenantOf(context), filter ?? {}),
    resolve: (request) => request,
  }),
}));
