import { builder } from '../graphql/builder.ts';
import { toConnection } from '../graphql/connection.ts';
import type { Context } from '../graphql/context.ts';
import type { Application, ApplicationCredential, UserTokenVerification } from './application.ts';
import { mayManageApplication } from './application-access.ts';
import type { Caller } from './caller.ts';

const CallerKindEnum = builder.enumType('CallerKind', {
  description: 'Who the server takes the caller for.',
  values: {
    OPERATOR: { description: "The deployment's operator: manages applications." },
    APPLICATION: {
      description:
        "A backend that proved an application's client ID and client secret: manages that application's client secrets.",
    },
    USER: { description: 'A logged-in user of an application, proved by a signed token.' },
    VISITOR: { description: "Anybody else that named an application's client ID." },
  },
});

const UserTokenVerificationRef = builder.objectRef<UserTokenVerification>('UserTokenVerification').implement({
  fields: (t) => ({
    issuer: t.exposeString('issuer'),
    audience: t.exposeString('audience'),
    jwksUrl: t.exposeString('jwksUrl'),
  }),
});

export const ApplicationCredentialRef = builder.objectRef<ApplicationCredential>('ApplicationCredential');
builder.node(ApplicationCredentialRef, {
  description:
    'A client ID and client secret pair; an application may have several, so that one can be replaced without an outage.',
  id: { resolve: (credential) => credential.id },
  loadWithoutCache: (id: string, context) => loadCredential(id, context),
  fields: (t) => ({
    label: t.exposeString('label', { nullable: true }),
    clientId: t.exposeString('clientId'),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    lastUsedAt: t.expose('lastUsedAt', { type: 'DateTime', nullable: true }),
  }),
});

export const ApplicationRef = builder.objectRef<Application>('Application');
builder.node(ApplicationRef, {
  id: { resolve: (application) => application.id },
  loadWithoutCache: (id: string, context) => loadApplication(id, context),
  fields: (t) => ({
    name: t.exposeString('name'),
    enabled: t.exposeBoolean('enabled'),
    allowedOrigins: t.exposeStringList('allowedOrigins', {
      description:
        "Origins of web pages that may call with this application's client IDs; empty allows none across origins.",
    }),
    userTokens: t.expose('userTokens', {
      type: UserTokenVerificationRef,
      nullable: true,
      description:
        "How tokens of this application's users are verified; null when only tokens issued by this server count.",
    }),
    requestsPerMinute: t.exposeInt('requestsPerMinute', {
      nullable: true,
      description: 'Requests per minute for each caller of this application; null for no limit.',
    }),
    credentials: t.field({
      type: [ApplicationCredentialRef],
      description: 'For the operator and the application itself.',
      authScopes: { operatorOrApplication: true },
      resolve: (application, _args, { caller, services }) => services.applications.credentials(caller, application.id),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
  }),
});

const Viewer = builder.objectRef<Caller>('Viewer').implement({
  fields: (t) => ({
    kind: t.field({ type: CallerKindEnum, resolve: (caller) => caller.kind }),
    application: t.field({
      type: ApplicationRef,
      nullable: true,
      resolve: (caller) => (caller.kind === 'OPERATOR' ? null : caller.application),
    }),
    username: t.string({
      nullable: true,
      description: "The user's name in the token (its `sub`); null unless kind is USER.",
      resolve: (caller) => (caller.kind === 'USER' ? caller.username : null),
    }),
    groups: t.stringList({ resolve: (caller) => (caller.kind === 'USER' ? [...caller.groups] : []) }),
  }),
});

builder.queryFields((t) => ({
  viewer: t.field({
    type: Viewer,
    description: 'Who the server takes the caller for.',
    authScopes: { anyCaller: true },
    resolve: (_root, _args, { caller }) => caller,
  }),
  applications: t.connection(
    {
      type: ApplicationRef,
      description: 'Every application, in the order of their making. For the operator.',
      authScopes: { operator: true },
      resolve: async (_root, page, { caller, services }) =>
        toConnection(await services.applications.list(caller, page)),
    },
    { name: 'ApplicationConnection' },
    { name: 'ApplicationEdge' },
  ),
}));

async function loadApplication(id: string, { caller, services }: Context): Promise<Application | null> {
  if (caller.kind === 'OPERATOR') return services.applications.find(caller, id);
  return caller.application.id === id ? caller.application : null;
}

async function loadCredential(id: string, { caller, services }: Context): Promise<ApplicationCredential | null> {
  const credential = await services.applications.findCredential(caller, id);
  return credential !== null && mayManageApplication(caller, credential.applicationId) ? credential : null;
}
