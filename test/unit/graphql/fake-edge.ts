import type { AddressInfo } from 'node:net';
import type { Application } from '../../../src/applications/application.ts';
import type { ApplicationsService } from '../../../src/applications/applications.service.ts';
import type { Caller } from '../../../src/applications/caller.ts';
import type { CallerClaim } from '../../../src/applications/caller-headers.ts';
import { credentialsRefused } from '../../../src/applications/refusals.ts';
import type { Services } from '../../../src/graphql/context.ts';
import { EDGE_DEFAULTS, type EdgeConfig } from '../../../src/graphql/edge-config.ts';
import { createEdge, type Edge, type EdgeOptions } from '../../../src/graphql/server.ts';
import { newId } from '../../../src/ids.ts';
import type { RequestRecord } from '../../../src/requests/request.ts';
import type { RequestsService } from '../../../src/requests/requests.port.ts';
import type { ClientSecretsService } from '../../../src/secrets/client-secrets.service.ts';

export const application: Application = {
  id: newId(),
  name: 'fake',
  enabled: true,
  allowedOrigins: ['https://page.test'],
  userTokens: null,
  requestsPerMinute: null,
  revision: 1,
  createdAt: new Date(),
};

export function requestRecord(changes: Partial<RequestRecord> = {}): RequestRecord {
  return {
    id: newId(),
    applicationId: application.id,
    owner: newId(),
    status: 'PENDING',
    clientSecretId: newId(),
    clientSecretName: 'openai',
    clientSecretVersion: null,
    url: 'https://api.test/v1',
    method: 'POST',
    target: newId(),
    queue: null,
    queueKey: null,
    headers: null,
    body: null,
    timeoutMs: 30_000,
    response: null,
    error: null,
    createdAt: new Date(),
    startedAt: null,
    updatedAt: new Date(),
    expiresAt: new Date(),
    ...changes,
  };
}

/** Headers of the four callers that the fake knows. */
export const as = {
  operator: { Authorization: 'Bearer operator' },
  application: { 'X-Client-Id': 'app', 'X-Client-Secret': 'right' },
  user: { 'X-Client-Id': 'app', Authorization: 'Bearer user' },
  visitor: { 'X-Client-Id': 'app' },
} as const;

export interface FakeServices {
  requests?: Partial<RequestsService>;
  secrets?: Partial<ClientSecretsService>;
  applications?: Partial<ApplicationsService>;
  rateLimit?: Services['rateLimit'];
  /** Of the user token; an hour from now unless told. */
  tokenExpiresAt?: number;
}

export interface FakeEdge extends Edge {
  url: string;
  origin: string;
  /** Unexpected errors, as the log would have them. */
  reported: { error: unknown; errorId: string }[];
  post(query: string, options?: PostOptions): Promise<Answer>;
}

export interface PostOptions {
  headers?: Record<string, string>;
  variables?: Record<string, unknown>;
}

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests read whatever was answered
  body: any;
}

export async function startEdge(
  fakes: FakeServices = {},
  config: Partial<EdgeConfig> = {},
  options: Partial<EdgeOptions> = {},
): Promise<FakeEdge> {
  const reported: FakeEdge['reported'] = [];
  const edge = createEdge({
    config: { ...EDGE_DEFAULTS, ...config },
    services: fakeServices(fakes),
    report: (error, errorId) => reported.push({ error, errorId }),
    ready: () => true,
    ...options,
  });
  await new Promise<void>((resolve) => edge.server.listen(0, '127.0.0.1', resolve));
  // A listening TCP server has an address with a port.
  const { port } = edge.server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;
  const url = `${origin}/graphql`;
  return {
    ...edge,
    url,
    origin,
    reported,
    async post(query, { headers = as.application, variables } = {}) {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', ...headers },
        body: JSON.stringify({ query, variables }),
      });
      return readAnswer(response);
    },
  };
}

export async function readAnswer(response: Response): Promise<Answer> {
  const text = await response.text();
  const json = response.headers.get('content-type')?.includes('json') === true;
  return { status: response.status, headers: response.headers, text, body: json ? JSON.parse(text) : undefined };
}

// The fakes have what the tests call, and nothing else.
function fakeServices({ requests, secrets, applications, rateLimit, tokenExpiresAt }: FakeServices): Services {
  const authenticate = async (claim: CallerClaim) => callerOf(claim, tokenExpiresAt ?? Date.now() + 3_600_000);
  return {
    applications: {
      authenticate,
      confirm: async (caller: Caller) => caller,
      watch: () => () => {},
      originListedAnywhere: async (origin: string) => application.allowedOrigins.includes(origin),
      ...applications,
    } as unknown as ApplicationsService,
    secrets: { ...secrets } as unknown as ClientSecretsService,
    requests: { ...requests } as unknown as RequestsService,
    rateLimit: rateLimit ?? (() => {}),
  };
}

function callerOf(claim: CallerClaim, expiresAt: number): Caller {
  const within = { application, credentialId: newId() };
  if (claim.kind === 'OPERATOR' && claim.token === 'operator') return { kind: 'OPERATOR' };
  if (claim.kind === 'APPLICATION' && claim.clientId === 'app' && claim.clientSecret === 'right') {
    return { ...within, kind: 'APPLICATION' };
  }
  if (claim.kind === 'USER' && claim.clientId === 'app' && claim.token === 'user') {
    return { ...within, kind: 'USER', username: 'ada', groups: ['staff'], canCreateSecrets: false, expiresAt };
  }
  if (claim.kind === 'VISITOR' && claim.clientId === 'app') {
    return { ...within, kind: 'VISITOR', visitorId: claim.visitorId };
  }
  throw credentialsRefused();
}

/** What a subscription listens to, fed by hand. Notes how often it was asked for more, and that it was let go. */
export function handFed<T>(): AsyncIterableIterator<T> & {
  push(value: T): void;
  end(): void;
  asked: number;
  returned: boolean;
} {
  const waiting: ((result: IteratorResult<T>) => void)[] = [];
  const values: T[] = [];
  let ended = false;
  return {
    asked: 0,
    returned: false,
    push(value) {
      const next = waiting.shift();
      if (next === undefined) values.push(value);
      else next({ done: false, value });
    },
    end() {
      ended = true;
      for (const next of waiting.splice(0)) next({ done: true, value: undefined });
    },
    async next() {
      this.asked++;
      const value = values.shift();
      if (value !== undefined) return { done: false, value };
      if (ended) return { done: true, value: undefined };
      return new Promise((resolve) => waiting.push(resolve));
    },
    async return() {
      this.returned = true;
      this.end();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
