// pure
import type { ColumnType, Generated, Insertable, Selectable, Updateable } from 'kysely';

/**
 * The tables, name for name as `migrations/` makes them. An application's ID leads every key: it is the shard key.
 * JSON columns are written as text and read parsed.
 */
export interface Database {
  applications: ApplicationsTable;
  application_credentials: ApplicationCredentialsTable;
  client_secrets: ClientSecretsTable;
  requests: RequestsTable;
  open_requests: OpenRequestsTable;
  queues: QueuesTable;
  instances: InstancesTable;
}

type Json<T> = ColumnType<T, string, string>;
type Timestamp = ColumnType<Date, Date | string, Date | string>;

export interface ApplicationsTable {
  id: string;
  name: string;
  enabled: Generated<boolean>;
  allowed_origins: string[];
  user_tokens: Json<{ issuer: string; audience: string; jwksUrl: string } | null> | null;
  requests_per_minute: number | null;
  /** Grows with every change of the application or its credentials; cached copies are checked against it. */
  revision: Generated<number>;
  created_at: Timestamp;
}

export interface ApplicationCredentialsTable {
  application_id: string;
  id: string;
  label: string | null;
  client_id: string;
  /** Hex of the SHA-256 of the client secret. */
  client_secret_hash: string;
  created_at: Timestamp;
  last_used_at: Timestamp | null;
}

export interface ClientSecretsTable {
  application_id: string;
  id: string;
  name: string;
  masked_secret: string;
  /** The master key that wraps the data key. */
  key_id: string;
  /** Base64 of nonce, wrapped data key and tag. */
  wrapped_key: string;
  /** Base64 of nonce, encrypted value and tag. */
  sealed_value: string;
  client_id: string | null;
  locked: boolean;
  enabled: Generated<boolean>;
  allowed_urls: string[];
  allowed_methods: string[];
  allowed_placements: string[];
  identifier_code: string | null;
  tags: string[];
  notes: string | null;
  /** A user's name; null when the application created it. */
  owner: string | null;
  users_allowed: Json<{ username: string; canEdit: boolean }[]>;
  groups_allowed: Json<{ name: string; canEdit: boolean }[]>;
  /** Grows at each rotation. */
  version: Generated<number>;
  /** Grows with every change; cached copies are checked against it. */
  revision: Generated<number>;
  created_at: Timestamp;
  updated_at: Timestamp;
  last_used_at: Timestamp | null;
}

export interface RequestsTable {
  application_id: string;
  /** UUIDv7: order of submission. */
  id: string;
  /** Hash of the caller that it belongs to. */
  owner: string;
  client_secret_id: string;
  client_secret_name: string;
  client_secret_version: number | null;
  url: string;
  method: string;
  /** Hash of normalised URL and method. */
  target: string;
  queue: string | null;
  /** Hash of target and queue; null without a queue. */
  queue_key: string | null;
  headers: Json<Record<string, unknown> | null> | null;
  body: Json<unknown> | null;
  timeout_ms: number;
  /** Hash of the key, and of the input that it came with. */
  idempotency_key: string | null;
  fingerprint: string | null;
  status: string;
  status_code: number | null;
  response_headers: Json<Record<string, string | string[]> | null> | null;
  /** json, text or binary (Base64 then); null without a body. */
  response_kind: string | null;
  response_body: string | null;
  error_code: string | null;
  error_message: string | null;
  created_at: Timestamp;
  started_at: Timestamp | null;
  updated_at: Timestamp;
  expires_at: Timestamp;
}

/** What is not settled. Its rows are inserted with the request and deleted with its settling. */
export interface OpenRequestsTable {
  application_id: string;
  request_id: string;
  /** Who sends it, or will: without a queue from its admission, in a queue from its dispatch. */
  instance_id: string | null;
  queue_key: string | null;
  position: number | null;
  client_secret_version: number | null;
  /** Committed before the first byte may leave; null while it waits. */
  started_at: Timestamp | null;
  expires_at: Timestamp;
}

export interface QueuesTable {
  application_id: string;
  queue_key: string;
  last_position: number;
  /** Where it stood when its owner came to it. */
  acquired_position: number;
  /** Its owner; null while it is idle. */
  instance_id: string | null;
  epoch: number;
  updated_at: Timestamp;
}

export interface InstancesTable {
  id: string;
  heartbeat_at: Timestamp;
}

export type ApplicationRow = Selectable<ApplicationsTable>;
export type NewApplication = Insertable<ApplicationsTable>;
export type ApplicationUpdate = Updateable<ApplicationsTable>;
export type CredentialRow = Selectable<ApplicationCredentialsTable>;
export type ClientSecretRow = Selectable<ClientSecretsTable>;
export type NewClientSecret = Insertable<ClientSecretsTable>;
export type ClientSecretUpdate = Updateable<ClientSecretsTable>;
export type RequestRow = Selectable<RequestsTable>;
