import { builder } from '../graphql/builder.ts';
import { toConnection } from '../graphql/connection.ts';
import { type Context, tenantOf } from '../graphql/context.ts';
import {
  type ClientSecret,
  type GroupAccess,
  HTTP_METHODS,
  SECRET_PLACEMENTS,
  type UserAccess,
} from './client-secret.ts';

export const HttpMethodEnum = builder.enumType('HttpMethod', { values: HTTP_METHODS });

export const SecretPlacementEnum = builder.enumType('SecretPlacement', {
  description: 'A part of a request in which a placeholder may stand.',
  values: SECRET_PLACEMENTS,
});

const UserAccessRef = builder.objectRef<UserAccess>('UserAccess').implement({
  fields: (t) => ({ username: t.exposeString('username'), canEdit: t.exposeBoolean('canEdit') }),
});

const GroupAccessRef = builder.objectRef<GroupAccess>('GroupAccess').implement({
  fields: (t) => ({ name: t.exposeString('name'), canEdit: t.exposeBoolean('canEdit') }),
});

export const ClientSecretRef = builder.objectRef<ClientSecret>('ClientSecret');
builder.node(ClientSecretRef, {
  id: { resolve: (secret) => secret.id },
  loadWithoutCache: (id: string, context) => loadClientSecret(id, context),
  fields: (t) => ({
    name: t.exposeString('name', {
      description: 'What requests call it: `clientSecretName`. Unique in the application.',
    }),
    maskedSecret: t.exposeString('maskedSecret', {
      description: 'Enough of the value to recognise it by, never enough to use it.',
    }),
    clientId: t.exposeString('clientId', {
      nullable: true,
      description: "The third party's ID for this client: the value of `$CLIENT_ID`.",
    }),
    locked: t.exposeBoolean('locked', {
      description: 'Only logged-in users may use it; otherwise anybody who names the application may.',
    }),
    enabled: t.exposeBoolean('enabled'),
    allowedUrls: t.stringList({
      description: 'Where the value may be sent: an origin, or an origin and a path prefix.',
      resolve: (secret) => [...secret.allowedUrls],
    }),
    allowedMethods: t.field({
      type: [HttpMethodEnum],
      description: 'The methods it may be used with; empty allows every one.',
      resolve: (secret) => [...secret.allowedMethods],
    }),
    allowedPlacements: t.field({
      type: [SecretPlacementEnum],
      resolve: (secret) => [...secret.allowedPlacements],
    }),
    identifierCode: t.exposeString('identifierCode', {
      nullable: true,
      description: "The owner's own key for it. Unique among one owner's client secrets.",
    }),
    tags: t.stringList({ resolve: (secret) => [...secret.tags] }),
    notes: t.exposeString('notes', { nullable: true }),
    owner: t.exposeString('owner', {
      nullable: true,
      description: "Who created it: a user's name, or null when the application did.",
    }),
    usersAllowed: t.field({ type: [UserAccessRef], resolve: (secret) => [...secret.usersAllowed] }),
    groupsAllowed: t.field({ type: [GroupAccessRef], resolve: (secret) => [...secret.groupsAllowed] }),
    version: t.exposeInt('version', {
      description: 'Grows by one at each rotation; every request records the one that it was sent with.',
    }),
    viewerCanEdit: t.boolean({
      resolve: (secret, _args, context) => context.services.secrets.viewerCanEdit(tenantOf(context), secret),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
    lastUsedAt: t.expose('lastUsedAt', { type: 'DateTime', nullable: true }),
  }),
});

builder.queryFields((t) => ({
  clientSecret: t.field({
    type: ClientSecretRef,
    nullable: true,
    authScopes: { tenant: true },
    args: { name: t.arg.string({ required: true }) },
    resolve: (_root, { name }, context) => context.services.secrets.findByName(tenantOf(context), name),
  }),
  clientSecrets: t.connection(
    {
      type: ClientSecretRef,
      description: 'Those that the caller may see.',
      authScopes: { tenant: true },
      args: { tag: t.arg.string(), identifierCode: t.arg.string() },
      resolve: async (_root, { tag, identifierCode, ...page }, context) => {
        const found = await context.services.secrets.list(tenantOf(context), { tag, identifierCode }, page);
        return { ...toConnection(found), totalCount: found.totalCount };
      },
    },
    { name: 'ClientSecretConnection', fields: (c) => ({ totalCount: c.exposeInt('totalCount') }) },
    { name: 'ClientSecretEdge' },
  ),
}));

async function loadClientSecret(id: string, { caller, services }: Context): Promise<ClientSecret | null> {
  return caller.kind === 'OPERATOR' ? null : services.secrets.findById(caller, id);
}
