import { notFound } from '../errors.ts';
import { builder } from '../graphql/builder.ts';
import { tenantOf } from '../graphql/context.ts';
import { encodeGlobalId, localId } from '../graphql/global-id.ts';
import type { ClientSecret } from './client-secret.ts';
import { ClientSecretRef, HttpMethodEnum, SecretPlacementEnum } from './client-secrets.graphql.ts';

const UserAccessInput = builder.inputType('UserAccessInput', {
  fields: (t) => ({ username: t.string({ required: true }), canEdit: t.boolean() }),
});

const GroupAccessInput = builder.inputType('GroupAccessInput', {
  fields: (t) => ({ name: t.string({ required: true }), canEdit: t.boolean() }),
});

const CreateClientSecretInput = builder.inputType('CreateClientSecretInput', {
  fields: (t) => ({
    name: t.string({ required: true }),
    clientSecret: t.string({ required: true }),
    allowedUrls: t.stringList({ required: true }),
    clientId: t.string(),
    locked: t.boolean({ description: 'False unless told.' }),
    allowedMethods: t.field({ type: [HttpMethodEnum] }),
    allowedPlacements: t.field({ type: [SecretPlacementEnum], description: 'HEADERS alone unless told.' }),
    identifierCode: t.string(),
    tags: t.stringList(),
    notes: t.string(),
    usersAllowed: t.field({ type: [UserAccessInput] }),
    groupsAllowed: t.field({ type: [GroupAccessInput] }),
  }),
});

const UpdateClientSecretInput = builder.inputType('UpdateClientSecretInput', {
  description: 'A field left out stays as it is. The value itself changes by rotation alone.',
  fields: (t) => ({
    id: t.id({ required: true }),
    name: t.string(),
    allowedUrls: t.stringList(),
    clientId: t.string(),
    locked: t.boolean(),
    allowedMethods: t.field({ type: [HttpMethodEnum] }),
    allowedPlacements: t.field({ type: [SecretPlacementEnum] }),
    identifierCode: t.string(),
    tags: t.stringList(),
    notes: t.string(),
    usersAllowed: t.field({ type: [UserAccessInput] }),
    groupsAllowed: t.field({ type: [GroupAccessInput] }),
  }),
});

const RotateClientSecretInput = builder.inputType('RotateClientSecretInput', {
  fields: (t) => ({ id: t.id({ required: true }), clientSecret: t.string({ required: true }) }),
});

const ClientSecretIdInput = builder.inputType('ClientSecretIdInput', {
  fields: (t) => ({ id: t.id({ required: true }) }),
});

const ClientSecretPayload = builder
  .objectRef<{ clientSecret: ClientSecret }>('ClientSecretPayload')
  .implement({ fields: (t) => ({ clientSecret: t.expose('clientSecret', { type: ClientSecretRef }) }) });

const DeleteClientSecretPayload = builder
  .objectRef<{ id: string }>('DeleteClientSecretPayload')
  .implement({ fields: (t) => ({ id: t.exposeID('id') }) });

builder.mutationFields((t) => ({
  createClientSecret: t.field({
    type: ClientSecretPayload,
    description: 'For applications, and for users with `canCreateSecrets`.',
    authScopes: { tenant: true },
    args: { input: t.arg({ type: CreateClientSecretInput, required: true }) },
    resolve: async (_root, { input }, context) => ({
      clientSecret: await context.services.secrets.create(tenantOf(context), input),
    }),
  }),
  updateClientSecret: t.field({
    type: ClientSecretPayload,
    authScopes: { tenant: true },
    args: { input: t.arg({ type: UpdateClientSecretInput, required: true }) },
    resolve: async (_root, { input: { id, ...changes } }, context) => ({
      clientSecret: await context.services.secrets.update(tenantOf(context), secretId(id), changes),
    }),
  }),
  rotateClientSecret: t.field({
    type: ClientSecretPayload,
    description: 'Requests that wait are sent with the new value.',
    authScopes: { tenant: true },
    args: { input: t.arg({ type: RotateClientSecretInput, required: true }) },
    resolve: async (_root, { input: { id, ...value } }, context) => ({
      clientSecret: await context.services.secrets.rotate(tenantOf(context), secretId(id), value),
    }),
  }),
  enableClientSecret: t.field({
    type: ClientSecretPayload,
    authScopes: { tenant: true },
    args: { input: t.arg({ type: ClientSecretIdInput, required: true }) },
    resolve: async (_root, { input }, context) => ({
      clientSecret: await context.services.secrets.enable(tenantOf(context), secretId(input.id)),
    }),
  }),
  disableClientSecret: t.field({
    type: ClientSecretPayload,
    authScopes: { tenant: true },
    args: { input: t.arg({ type: ClientSecretIdInput, required: true }) },
    resolve: async (_root, { input }, context) => ({
      clientSecret: await context.services.secrets.disable(tenantOf(context), secretId(input.id)),
    }),
  }),
  deleteClientSecret: t.field({
    type: DeleteClientSecretPayload,
    authScopes: { tenant: true },
    args: { input: t.arg({ type: ClientSecretIdInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const id = secretId(input.id);
      await context.services.secrets.remove(tenantOf(context), id);
      return { id: encodeGlobalId('ClientSecret', id) };
    },
  }),
}));

function secretId(globalId: string): string {
  const id = localId('ClientSecret', globalId);
  if (id === null) throw notFound('There is no such client secret.');
  return id;
}
