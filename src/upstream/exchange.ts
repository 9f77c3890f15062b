// pure
import type { RequestErrorCode, ResponseHeaders } from '../requests/request.ts';
import type { HttpMethod } from '../secrets/client-secret.ts';

/** A request with its secret in it, ready for the socket. Lives in one function's scope, is never stored and never logged. */
export interface OutboundRequest {
  url: string;
  /** It is the submitted one, without a secret in it: what was found out about it may be remembered. */
  urlIsPlain: boolean;
  method: HttpMethod;
  /** Names as submitted, in order; values after substitution. */
  headers: ReadonlyMap<string, string>;
  body: string | Buffer | null;
}

/** What the third party answered: body decoded (gzip and the like undone) and not yet scrubbed. */
export interface UpstreamResponse {
  kind: 'response';
  statusCode: number;
  /** Lower-case names; repeated headers joined with `, `; `set-cookie` an array. Not yet scrubbed. */
  headers: ResponseHeaders;
  /** Null where the body could not be decoded (`unreadable` says so) or was too large. */
  body: Buffer | null;
  /** RESPONSE_UNREADABLE and RESPONSE_TOO_LARGE, with the body withheld. */
  withheld: { code: RequestErrorCode; message: string } | null;
}

/** No whole answer. `message` is safe to store: it holds no URL and no header value. */
export interface UpstreamFailure {
  kind: 'failure';
  code: RequestErrorCode;
  message: string;
}

export type ExchangeOutcome = UpstreamResponse | UpstreamFailure;
