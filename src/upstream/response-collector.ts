// pure
import type { RequestErrorCode } from '../requests/request.ts';
import type { ExchangeOutcome, UpstreamFailure, UpstreamResponse } from './exchange.ts';
import { hasTransferCoding, normalizeHeaders, type ParsedHeaders } from './response-headers.ts';
import { failure, failureOf } from './upstream-failures.ts';

/** What stops an exchange on its way: undici's controller of a request. */
export interface ExchangeController {
  abort(reason: Error): void;
}

const MAX_HEADERS = 1_000;
/** Never seen by anybody: the outcome says why. */
const STOPPED = new Error('stopped');
const TRANSFER_CODED = 'The body of the response has a Transfer-Encoding that the server cannot undo';

/** Takes in one response within a limit, as undici's handler of a request. Settles once, with a body that is still encoded. */
export class ResponseCollector {
  readonly #maxBytes: number;
  readonly #settle: (outcome: ExchangeOutcome) => void;
  readonly #refusal: () => UpstreamFailure | null;
  #controller: ExchangeController | undefined;
  #settled = false;
  #statusCode = 0;
  #headers: ParsedHeaders = {};
  #chunks: Buffer[] = [];
  #bytes = 0;

  /** `refusal` is asked right before the first byte leaves: why it must not after all, null where it may. */
  constructor(
    maxBytes: number,
    settle: (outcome: ExchangeOutcome) => void,
    refusal: () => UpstreamFailure | null = () => null,
  ) {
    this.#maxBytes = maxBytes;
    this.#settle = settle;
    this.#refusal = refusal;
  }

  /** Settles with `outcome` unless that has happened, and closes the connection, or never begins to send. */
  stop(outcome: ExchangeOutcome): void {
    this.#end(outcome);
    this.#controller?.abort(STOPPED);
  }

  /** Nothing has been written yet. */
  onRequestStart(controller: ExchangeController): void {
    this.#controller = controller;
    const refusal = this.#refusal();
    if (refusal !== null) this.#end(refusal);
    if (this.#settled) controller.abort(STOPPED);
  }

  onResponseStart(_controller: ExchangeController, statusCode: number, headers: ParsedHeaders): void {
    if (statusCode < 200) return;
    if (Object.keys(headers).length > MAX_HEADERS) {
      this.stop(failure('RESPONSE_TOO_LARGE', 'The response has too many headers'));
      return;
    }
    this.#statusCode = statusCode;
    this.#headers = headers;
    // Whole as they are. A 304 may declare the length of the body that it spares, which undici takes for a broken response.
    if (statusCode === 204 || statusCode === 304) this.#end(this.#response(Buffer.alloc(0)));
    else if (hasTransferCoding(headers)) this.#stopWithout('RESPONSE_UNREADABLE', TRANSFER_CODED);
    else if (Number(headers['content-length']) > this.#maxBytes) this.#stopTooLarge();
  }

  onResponseData(_controller: ExchangeController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#maxBytes) this.#stopTooLarge();
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    // Copied even where there is but one chunk: a chunk keeps the socket's whole read buffer alive.
    this.#end(this.#response(Buffer.concat(this.#chunks, this.#bytes)));
  }

  onResponseError(_controller: ExchangeController | undefined, error: Error): void {
    this.#end(failureOf(error));
  }

  #stopTooLarge(): void {
    this.#stopWithout('RESPONSE_TOO_LARGE', `The body is larger than ${this.#maxBytes} bytes`);
  }

  /** The headers are kept, the body is not. */
  #stopWithout(code: RequestErrorCode, message: string): void {
    this.stop(this.#response(null, { code, message }));
  }

  #response(
    body: Buffer | null,
    withheld: { code: RequestErrorCode; message: string } | null = null,
  ): UpstreamResponse {
    const headers = normalizeHeaders(this.#headers);
    return { kind: 'response', statusCode: this.#statusCode, headers, body, withheld };
  }

  #end(outcome: ExchangeOutcome): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#chunks = [];
    this.#settle(outcome);
  }
}
