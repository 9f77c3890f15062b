// pure

import { EgressRefusal } from '../egress/egress-refusal.ts';
import type { RequestErrorCode } from '../requests/request.ts';
import type { UpstreamFailure } from './exchange.ts';

const MAY_HAVE_ARRIVED = 'the third party may have received the request';
const BROKEN = `The connection broke before the whole response had arrived: ${MAY_HAVE_ARRIVED}`;
const NOT_HTTP = `What came back is not valid HTTP/1.1: ${MAY_HAVE_ARRIVED}`;
const UNRESOLVED = 'The host name does not resolve';
const NO_ROUTE = 'No connection to the host could be made';

/** Codes of Node's and undici's errors. Their own texts hold addresses and header values: they go nowhere. */
const MESSAGES: Readonly<Record<string, string>> = {
  ENOTFOUND: UNRESOLVED,
  EAI_AGAIN: UNRESOLVED,
  EAI_NODATA: UNRESOLVED,
  ECONNREFUSED: 'The host refused the connection',
  EHOSTUNREACH: NO_ROUTE,
  ENETUNREACH: NO_ROUTE,
  ETIMEDOUT: NO_ROUTE,
  UND_ERR_CONNECT_TIMEOUT: NO_ROUTE,
  ECONNRESET: BROKEN,
  EPIPE: BROKEN,
  UND_ERR_SOCKET: BROKEN,
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: BROKEN,
};
const TLS_CODE = /^(?:ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|EPROTO$|HOSTNAME_MISMATCH$)/;

export function failure(code: RequestErrorCode, message: string): UpstreamFailure {
  return { kind: 'failure', code, message };
}

export function timedOut(timeoutMs: number): UpstreamFailure {
  return failure('UPSTREAM_TIMEOUT', `No whole response within ${timeoutMs} ms: ${MAY_HAVE_ARRIVED}`);
}

/** Why no whole response came, in words that may be stored and shown. */
export function failureOf(error: Error): UpstreamFailure {
  if (error instanceof EgressRefusal) return failure('DESTINATION_NOT_ALLOWED', error.message);
  const code = 'code' in error ? String(error.code) : '';
  if (code === 'UND_ERR_HEADERS_OVERFLOW')
    return failure('RESPONSE_TOO_LARGE', 'The headers of the response are too large');
  return failure('UPSTREAM_UNREACHABLE', MESSAGES[code] ?? messageOfKind(code));
}

function messageOfKind(code: string): string {
  if (code.startsWith('HPE_')) return NOT_HTTP;
  if (TLS_CODE.test(code)) return 'No trusted TLS connection to the host could be made';
  return 'The request could not be exchanged with the host';
}
