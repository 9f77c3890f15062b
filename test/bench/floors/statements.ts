import type { AdmissionRow } from '../../../src/execution/admission.store.ts';
import type { SettlementRow } from '../../../src/execution/settlement.store.ts';

/** The history's row alone, as a program without batches would write it. */
export const INSERT = {
  name: 'insert',
  text: `insert into requests (application_id, id, owner, client_secret_id, client_secret_name, url, method, target,
    headers, body, timeout_ms, status, created_at, updated_at, expires_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'PENDING', $12, $12, $13)`,
};

export const UPDATE = {
  name: 'update',
  text: `update requests set status = $3, status_code = $4, response_headers = $5, response_kind = $6,
    response_body = $7, started_at = $8, updated_at = $8 where application_id = $1 and id = $2`,
};

export function insertValues(row: AdmissionRow): unknown[] {
  return [
    row.application_id,
    row.id,
    row.owner,
    row.client_secret_id,
    row.client_secret_name,
    row.url,
    row.method,
    row.target,
    row.headers,
    row.body,
    row.timeout_ms,
    row.created_at,
    row.expires_at,
  ];
}

export function updateValues(row: SettlementRow): unknown[] {
  return [
    row.application_id,
    row.id,
    row.status,
    row.status_code,
    row.response_headers,
    row.response_kind,
    row.response_body,
    row.updated_at,
  ];
}
