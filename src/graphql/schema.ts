import './root.graphql.ts';
import './scalars.graphql.ts';
import '../applications/applications.graphql.ts';
import '../applications/applications-mutations.graphql.ts';
import '../secrets/client-secrets.graphql.ts';
import '../secrets/client-secrets-mutations.graphql.ts';
import '../requests/requests.graphql.ts';
import '../requests/requests-mutations.graphql.ts';
import '../requests/requests-subscriptions.graphql.ts';
import '../requests/queues.graphql.ts';
import { builder } from './builder.ts';
import { resolveIdsAtOnce } from './node-ids.ts';

export const schema = resolveIdsAtOnce(builder.toSchema());
