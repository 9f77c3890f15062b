import { notFound } from '../errors.ts';
import { builder } from '../graphql/builder.ts';
import { encodeGlobalId, localId } from '../graphql/global-id.ts';
import type { Application, ApplicationCredential } from './application.ts';
import { ApplicationCredentialRef, ApplicationRef } from './applications.graphql.ts';

const UserTokenVerificationInput = builder.inputType('UserTokenVerificationInput', {
  fields: (t) => ({
    issuer: t.string({ required: true }),
    audience: t.string({ required: true }),
    jwksUrl: t.string({ required: true }),
  }),
});

const CreateApplicationInput = builder.inputType('CreateApplicationInput', {
  fields: (t) => ({
    name: t.string({ required: true }),
    allowedOrigins: t.stringList(),
    userTokens: t.field({ type: UserTokenVerificationInput }),
    requestsPerMinute: t.int(),
  }),
});

const UpdateApplicationInput = builder.inputType('UpdateApplicationInput', {
  description: 'A field left out stays as it is.',
  fields: (t) => ({
    id: t.id({ required: true }),
    name: t.string(),
    enabled: t.boolean(),
    allowedOrigins: t.stringList(),
    userTokens: t.field({ type: UserTokenVerificationInput }),
    requestsPerMinute: t.int(),
  }),
});

const CreateApplicationCredentialInput = builder.inputType('CreateApplicationCredentialInput', {
  fields: (t) => ({ applicationId: t.id({ required: true }), label: t.string() }),
});

const RevokeApplicationCredentialInput = builder.inputType('RevokeApplicationCredentialInput', {
  fields: (t) => ({ id: t.id({ required: true }) }),
});

const IssueUserTokenInput = builder.inputType('IssueUserTokenInput', {
  fields: (t) => ({
    username: t.string({ required: true }),
    groups: t.stringList(),
    canCreateSecrets: t.boolean({ description: 'Lets the user create client secrets of their own.' }),
    expiresIn: t.int({ description: 'Milliseconds; an hour unless told.' }),
  }),
});

const SHOWN_ONCE = '`clientSecret` is shown here and never again.';

const CreateApplicationPayload = builder
  .objectRef<{ application: Application; clientId: string; clientSecret: string }>('CreateApplicationPayload')
  .implement({
    description: SHOWN_ONCE,
    fields: (t) => ({
      application: t.expose('application', { type: ApplicationRef }),
      clientId: t.exposeString('clientId'),
      clientSecret: t.exposeString('clientSecret'),
    }),
  });

const UpdateApplicationPayload = builder
  .objectRef<{ application: Application }>('UpdateApplicationPayload')
  .implement({ fields: (t) => ({ application: t.expose('application', { type: ApplicationRef }) }) });

const CreateApplicationCredentialPayload = builder
  .objectRef<{ credential: ApplicationCredential; clientSecret: string }>('CreateApplicationCredentialPayload')
  .implement({
    description: SHOWN_ONCE,
    fields: (t) => ({
      credential: t.expose('credential', { type: ApplicationCredentialRef }),
      clientId: t.string({ resolve: (payload) => payload.credential.clientId }),
      clientSecret: t.exposeString('clientSecret'),
    }),
  });

const RevokeApplicationCredentialPayload = builder
  .objectRef<{ id: string }>('RevokeApplicationCredentialPayload')
  .implement({ fields: (t) => ({ id: t.exposeID('id') }) });

const IssueUserTokenPayload = builder.objectRef<{ token: string; expiresAt: Date }>('IssueUserTokenPayload').implement({
  fields: (t) => ({
    token: t.exposeString('token'),
    expiresAt: t.expose('expiresAt', { type: 'DateTime' }),
  }),
});

builder.mutationFields((t) => ({
  createApplication: t.field({
    type: CreateApplicationPayload,
    description: 'For the operator.',
    authScopes: { operator: true },
    args: { input: t.arg({ type: CreateApplicationInput, required: true }) },
    resolve: (_root, { input }, { caller, services }) => services.applications.create(caller, input),
  }),
  updateApplication: t.field({
    type: UpdateApplicationPayload,
    description: 'For the operator.',
    authScopes: { operator: true },
    args: { input: t.arg({ type: UpdateApplicationInput, required: true }) },
    resolve: async (_root, { input: { id, ...changes } }, { caller, services }) => ({
      application: await services.applications.update(caller, applicationId(id), changes),
    }),
  }),
  createApplicationCredential: t.field({
    type: CreateApplicationCredentialPayload,
    description: 'For the operator and the application itself.',
    authScopes: { operatorOrApplication: true },
    args: { input: t.arg({ type: CreateApplicationCredentialInput, required: true }) },
    resolve: (_root, { input }, { caller, services }) =>
      services.applications.createCredential(caller, applicationId(input.applicationId), { label: input.label }),
  }),
  revokeApplicationCredential: t.field({
    type: RevokeApplicationCredentialPayload,
    description: 'For the operator and the application itself.',
    authScopes: { operatorOrApplication: true },
    args: { input: t.arg({ type: RevokeApplicationCredentialInput, required: true }) },
    resolve: async (_root, { input }, { caller, services }) => {
      const id = localId('ApplicationCredential', input.id);
      if (id === null) throw notFound('There is no such credential.');
      await services.applications.revokeCredential(caller, id);
      return { id: encodeGlobalId('ApplicationCredential', id) };
    },
  }),
  issueUserToken: t.field({
    type: IssueUserTokenPayload,
    description:
      "A signed token for one of the application's users, for applications without an identity provider of their own.",
    authScopes: { application: true },
    args: { input: t.arg({ type: IssueUserTokenInput, required: true }) },
    resolve: (_root, { input }, { caller, services }) => services.applications.issueToken(caller, input),
  }),
}));

function applicationId(globalId: string): string {
  const id = localId('Application', globalId);
  if (id === null) throw notFound('There is no such application.');
  return id;
}
