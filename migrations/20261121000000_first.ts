import { type Kysely, sql } from 'kysely';

/** Everything that the first release keeps. Hashes of 16 bytes are of type uuid: fixed width, and the same in every driver. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const statements = [
    sql`create table applications (
      id uuid primary key,
      name text not null,
      enabled boolean not null default true,
      allowed_origins text[] not null,
      user_tokens json,
      requests_per_minute integer,
      revision integer not null default 1,
      created_at timestamptz not null
    )`,
    sql`create table application_credentials (
      application_id uuid not null references applications (id),
      id uuid not null,
      label text,
      client_id text not null unique,
      client_secret_hash text not null,
      created_at timestamptz not null,
      last_used_at timestamptz,
      primary key (application_id, id)
    )`,
    // The operator names a credential by its ID alone.
    sql`create unique index application_credentials_id on application_credentials (id)`,
    sql`create table client_secrets (
      application_id uuid not null references applications (id),
      id uuid not null,
      name text not null,
      masked_secret text not null,
      key_id text not null,
      wrapped_key text not null,
      sealed_value text not null,
      client_id text,
      locked boolean not null,
      enabled boolean not null default true,
      allowed_urls text[] not null,
      allowed_methods text[] not null,
      allowed_placements text[] not null,
      identifier_code text,
      tags text[] not null,
      notes text,
      owner text,
      users_allowed json not null,
      groups_allowed json not null,
      version integer not null default 1,
      revision integer not null default 1,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      last_used_at timestamptz,
      primary key (application_id, id)
    )`,
    sql`create unique index client_secrets_name on client_secrets (application_id, name)`,
    // Postgres 14 has no NULLS NOT DISTINCT; '=' and '.' tell a user of any name from the application itself.
    sql`create unique index client_secrets_identifier_code
      on client_secrets (application_id, coalesce('=' || owner, '.'), identifier_code) where identifier_code is not null`,
    sql`create index client_secrets_key_id on client_secrets (key_id)`,
    sql`create table requests (
      application_id uuid not null,
      id uuid not null,
      owner uuid not null,
      client_secret_id uuid not null,
      client_secret_name text not null,
      client_secret_version integer,
      url text not null,
      method text not null,
      target uuid not null,
      queue text,
      queue_key uuid,
      headers json,
      body json,
      timeout_ms integer not null,
      idempotency_key uuid,
      fingerprint uuid,
      status text not null,
      status_code integer,
      response_headers json,
      response_kind text,
      response_body text,
      error_code text,
      error_message text,
      created_at timestamptz not null,
      started_at timestamptz,
      updated_at timestamptz not null,
      expires_at timestamptz not null,
      primary key (application_id, id)
    ) with (fillfactor = 50)`,
    sql`create index requests_owner on requests (application_id, owner, id)`,
    sql`create index requests_owner_target on requests (application_id, owner, target, id)`,
    sql`create index requests_target on requests (application_id, target, id)`,
    sql`create index requests_queue on requests (application_id, queue_key, id) where queue_key is not null`,
    sql`create unique index requests_idempotency on requests (application_id, owner, idempotency_key)
      where idempotency_key is not null`,
    sql`create table open_requests (
      application_id uuid not null,
      request_id uuid not null,
      instance_id uuid,
      queue_key uuid,
      position bigint,
      client_secret_version integer,
      started_at timestamptz,
      expires_at timestamptz not null,
      primary key (application_id, request_id)
    ) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0)`,
    sql`create unique index open_requests_position on open_requests (application_id, queue_key, position)
      where queue_key is not null`,
    sql`create table queues (
      application_id uuid not null,
      queue_key uuid not null,
      last_position bigint not null,
      acquired_position bigint not null,
      instance_id uuid,
      epoch integer not null,
      updated_at timestamptz not null default now(),
      primary key (application_id, queue_key)
    ) with (fillfactor = 50)`,
    sql`create table instances (
      id uuid primary key,
      heartbeat_at timestamptz not null
    )`,
    sql`create table rate_limits (
      key varchar(255) primary key,
      points integer not null default 0,
      expire bigint
    )`,
  ];
  for (const statement of statements) await statement.execute(db);
}
