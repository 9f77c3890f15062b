/** What the console knows of the API's types: those of its fields that it shows. Times are as the API writes them (RFC 3339). */

export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
export const HTTP_METHODS: readonly HttpMethod[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

export type SecretPlacement = 'HEADERS' | 'PARAMS' | 'DATA' | 'URL';

export interface Viewer {
  kind: 'OPERATOR' | 'APPLICATION' | 'USER' | 'VISITOR';
  application: { name: string } | null;
  username: string | null;
}

export interface UserAccess {
  username: string;
  canEdit: boolean;
}

export interface GroupAccess {
  name: string;
  canEdit: boolean;
}

export interface ClientSecret {
  id: string;
  name: string;
  maskedSecret: string;
  clientId: string | null;
  locked: boolean;
  enabled: boolean;
  allowedUrls: string[];
  allowedMethods: HttpMethod[];
  allowedPlacements: SecretPlacement[];
  identifierCode: string | null;
  tags: string[];
  notes: string | null;
  owner: string | null;
  usersAllowed: UserAccess[];
  groupsAllowed: GroupAccess[];
  version: number;
  viewerCanEdit: boolean;
  createdAt: string;
  updatedAt: string;
  lastUsedAt: string | null;
}

export type RequestStatus = 'PENDING' | 'RESOLVED' | 'FAILED';

/** A request as it stands in the list. */
export interface RequestRow {
  id: string;
  status: RequestStatus;
  clientSecretName: string;
  url: string;
  method: HttpMethod;
  queue: string | null;
  statusCode: number | null;
  error: { code: string; message: string } | null;
  createdAt: string;
  startedAt: string | null;
  updatedAt: string;
}

/** All of it. `responseText` and `responseBase64` are null where the response has no body, or is of the other kind. */
export interface RequestDetail extends RequestRow {
  clientSecretVersion: number | null;
  queuePosition: number | null;
  requestHeaders: Record<string, unknown> | null;
  requestBody: unknown;
  responseHeaders: Record<string, string | string[]> | null;
  responseText: string | null;
  responseBase64: string | null;
  expiresAt: string;
}

export interface Queue {
  id: string;
  url: string;
  method: HttpMethod;
  queue: string;
  waitingCount: number;
  oldestWaitingAt: string | null;
  sending: { id: string; startedAt: string | null; clientSecretName: string } | null;
}

export interface Credential {
  id: string;
  label: string | null;
  clientId: string;
  createdAt: string;
  lastUsedAt: string | null;
}

export interface UserTokenVerification {
  issuer: string;
  audience: string;
  jwksUrl: string;
}

export interface Application {
  id: string;
  name: string;
  enabled: boolean;
  allowedOrigins: string[];
  userTokens: UserTokenVerification | null;
  requestsPerMinute: number | null;
  credentials: Credential[];
  createdAt: string;
}

export interface Page<T> {
  nodes: T[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}
