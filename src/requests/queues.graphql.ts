import { builder } from '../graphql/builder.ts';
import { toConnection } from '../graphql/connection.ts';
import { type Context, tenantOf } from '../graphql/context.ts';
import { HttpMethodEnum } from '../secrets/client-secrets.graphql.ts';
import type { Queue } from './request.ts';
import { ClientSecretRequestRef } from './requests.graphql.ts';

const QueueRef = builder.objectRef<Queue>('Queue');
builder.node(QueueRef, {
  description:
    "The caller's requests with one url, method and queue that are not settled: they are sent one after another.",
  id: { resolve: (queue) => queue.id },
  loadWithoutCache: (id: string, context) => loadQueue(id, context),
  fields: (t) => ({
    url: t.exposeString('url', { description: 'The URL as submitted.' }),
    method: t.expose('method', { type: HttpMethodEnum }),
    queue: t.exposeString('queue', { description: 'The `queue` that they were submitted with.' }),
    waitingCount: t.exposeInt('waitingCount', { description: 'How many wait to be sent.' }),
    oldestWaitingAt: t.expose('oldestWaitingAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the one that waits longest was submitted; null when none waits.',
    }),
    sending: t.expose('sending', {
      type: ClientSecretRequestRef,
      nullable: true,
      description: 'The one that is being sent.',
    }),
  }),
});

builder.queryField('queues', (t) =>
  t.connection(
    {
      type: QueueRef,
      description: "The queues in which requests of the caller's wait or are being sent.",
      authScopes: { tenant: true },
      resolve: async (_root, page, context) =>
        toConnection(await context.services.requests.queues(tenantOf(context), page)),
    },
    { name: 'QueueConnection' },
    { name: 'QueueEdge' },
  ),
);

builder.subscriptionField('queueUpdated', (t) =>
  t.field({
    type: QueueRef,
    description: "A queue of the caller's as it stands, whenever one changes.",
    authScopes: { tenant: true },
    subscribe: (_root, _args, context) => context.services.requests.queueUpdates(tenantOf(context)),
    resolve: (queue) => queue,
  }),
);

async function loadQueue(id: string, { caller, services }: Context): Promise<Queue | null> {
  return caller.kind === 'OPERATOR' ? null : services.requests.findQueue(caller, id);
}
