// pure
import type { RequestError, RequestRecord, Settlement } from '../requests/request.ts';
import type { UsableSecret } from '../secrets/client-secret.ts';
import type { AdmissionRow } from './admission.store.ts';
import type { SettlementRow } from './settlement.store.ts';

/** A request to be sent, with the client secret as it stood when it was started; null where that is deleted. */
export interface Work {
  record: RequestRecord;
  usable: UsableSecret | null;
  /** Under which it was started: where that was taken for dead since, others have it. */
  instanceId: string;
}

/** What came of sending. */
export interface SendResult {
  settlement: Settlement;
  /** Of the value that was used; null where none was. */
  version: number | null;
  /** Milliseconds that the third party took; null where it was not asked. */
  upstreamMs: number | null;
}

/** What is submitted with a request and not part of it. */
export interface AdmissionExtras {
  applicationRevision: number;
  usable: UsableSecret;
  idempotencyKey: string | null;
  fingerprint: string | null;
}

export function admissionRow(record: RequestRecord, extras: AdmissionExtras, starts: boolean): AdmissionRow {
  const { secret } = extras.usable;
  return {
    application_id: record.applicationId,
    application_revision: extras.applicationRevision,
    client_secret_revision: secret.revision,
    id: record.id,
    owner: record.owner,
    client_secret_id: secret.id,
    client_secret_name: record.clientSecretName,
    client_secret_version: secret.version,
    url: record.url,
    method: record.method,
    target: record.target,
    queue: record.queue,
    queue_key: record.queueKey,
    headers: record.headers === null ? null : JSON.stringify(record.headers),
    body: record.body === undefined ? null : JSON.stringify(record.body),
    timeout_ms: record.timeoutMs,
    idempotency_key: extras.idempotencyKey,
    fingerprint: extras.fingerprint,
    starts,
    created_at: record.createdAt.toISOString(),
    expires_at: record.expiresAt.toISOString(),
  };
}

/** The record as it is once settled. */
export function settledRecord(record: RequestRecord, result: SendResult, now: Date): RequestRecord {
  const { settlement } = result;
  return {
    ...record,
    status: settlement.error === null ? 'RESOLVED' : 'FAILED',
    clientSecretVersion: result.version ?? record.clientSecretVersion,
    response: settlement.response,
    error: settlement.error,
    updatedAt: now,
  };
}

export function settlementRow(
  settled: RequestRecord,
  mode: SettlementRow['mode'],
  queue: { epoch: number; proceeds: boolean } | null,
): SettlementRow {
  const { response, error } = settled;
  return {
    application_id: settled.applicationId,
    id: settled.id,
    mode,
    status: settled.status,
    client_secret_version: settled.clientSecretVersion,
    status_code: response?.statusCode ?? null,
    response_headers: response === null ? null : JSON.stringify(response.headers),
    response_kind: response?.kind ?? null,
    response_body: response?.body ?? null,
    error_code: error?.code ?? null,
    error_message: error?.message ?? null,
    updated_at: settled.updatedAt.toISOString(),
    epoch: queue?.epoch ?? null,
    proceeds: queue?.proceeds ?? false,
  };
}

/** An end without an answer. */
export function failed(error: RequestError, version: number | null = null): SendResult {
  return { settlement: { error, response: null }, version, upstreamMs: null };
}
