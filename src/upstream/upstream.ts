import type { SecureContextOptions } from 'node:tls';
import { Agent, type buildConnector } from 'undici';
import { createLru } from '../cache.ts';
import { type Egress, EgressRefusal } from '../egress/egress.ts';
import type { TimerWheel } from '../timer-wheel.ts';
import type { Abort } from './abort.ts';
import { decodeBody } from './content-encoding.ts';
import type { ExchangeOutcome, OutboundRequest, UpstreamFailure, UpstreamResponse } from './exchange.ts';
import { ResponseCollector } from './response-collector.ts';
import { failure, failureOf, timedOut } from './upstream-failures.ts';

export interface UpstreamOptions {
  egress: Egress;
  wheel: TimerWheel;
  /** Of the body, both as it comes and decoded. */
  maxResponseBytes: number;
  /** Sockets to one origin at a time: no fewer than requests may be sent at a time, or some would wait here. */
  connections?: number;
  /** Certificates to trust in place of the system's. */
  tls?: Pick<SecureContextOptions, 'ca'>;
}

export interface ExchangeOptions {
  /** For the whole exchange: name, connection, TLS, headers, the last byte of the body, decoding. */
  timeoutMs: number;
  /** Stops it at once; its reason becomes the outcome, a failure. */
  abort?: Abort;
}

export interface Upstream {
  /** Sends a request at most once and takes in the answer. Never rejects: whatever goes wrong is an outcome. */
  exchange(request: OutboundRequest, options: ExchangeOptions): Promise<ExchangeOutcome>;
  /** Closes every connection; what is still on its way fails. */
  close(): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 10_000;
/** Short, since a server that closes an idle socket as it is used again makes a request fail that can't be sent again. */
const KEEP_ALIVE_MS = 4_000;
const MAX_HEADER_BYTES = 32_768;
const MAX_TARGETS = 1_000;

/** What undici is told of a URL. */
interface Target {
  origin: string;
  path: string;
}

export function createUpstream(options: UpstreamOptions): Upstream {
  const { egress, wheel, maxResponseBytes } = options;
  const agent = new Agent({
    connect: noticeResets(egress.connector({ ...options.tls, timeout: CONNECT_TIMEOUT_MS })),
    connections: options.connections ?? 256,
    // One request on a socket at a time: with more, undici sends those again that stood behind one that failed.
    pipelining: 1,
    allowH2: false,
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MS,
    maxHeaderSize: MAX_HEADER_BYTES,
    // They restart at every byte; the deadline of the whole exchange stands in for them.
    headersTimeout: 0,
    bodyTimeout: 0,
  });

  const targets = createLru<string, Target>(MAX_TARGETS);

  /** Where a URL leads, checked. Throws an `EgressRefusal`. */
  function targetOf({ url, urlIsPlain }: OutboundRequest): Target {
    const known = urlIsPlain ? targets.get(url) : undefined;
    if (known !== undefined) return known;
    const { origin, pathname, search } = egress.checkUrl(url);
    const target = { origin, path: pathname + search };
    if (urlIsPlain) targets.set(url, target);
    return target;
  }

  function receive(
    request: OutboundRequest,
    target: Target,
    timeoutMs: number,
    abort?: Abort,
  ): Promise<ExchangeOutcome> {
    return new Promise((resolve) => {
      function settle(outcome: ExchangeOutcome): void {
        cancelDeadline();
        resolve(outcome);
      }
      function take(outcome: ExchangeOutcome): void {
        if (!isEncoded(outcome)) settle(outcome);
        else decode(outcome, maxResponseBytes).then(settle, (error: Error) => settle(failureOf(error)));
      }
      const collector = new ResponseCollector(maxResponseBytes, take, () => refusalOf(abort));
      function stop(outcome: ExchangeOutcome): void {
        collector.stop(outcome);
        // Where it was being decoded, the collector had settled before.
        settle(outcome);
      }
      const cancelDeadline = wheel.schedule(timeoutMs, () => stop(timedOut(timeoutMs)));
      abort?.onAbort(({ code, message }) => stop(failure(code, message)));
      const { origin, path } = target;
      const { method, headers, body } = request;
      agent.dispatch({ origin, path, method, headers, body }, collector);
    });
  }

  return {
    async exchange(request, { timeoutMs, abort }) {
      const refusal = refusalOf(abort);
      if (refusal !== null) return refusal;
      let target: Target;
      try {
        target = targetOf(request);
      } catch (error) {
        if (error instanceof EgressRefusal) return failureOf(error);
        throw error;
      }
      return receive(request, target, timeoutMs, abort);
    },
    close: () => agent.destroy(),
  };
}

/**
 * undici takes a reset for the end of a body that ends with its connection (macOS gives resets after whole ones):
 * half of an answer would count as all of it. By another code it takes the reset for what it is.
 */
function noticeResets(connect: buildConnector.connector): buildConnector.connector {
  return (target, callback) => {
    connect(target, (...result) => {
      result[1]?.on('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'ECONNRESET') error.code = 'EPIPE';
      });
      callback(...result);
    });
  };
}

function refusalOf(abort: Abort | undefined): UpstreamFailure | null {
  const reason = abort?.reason() ?? null;
  return reason === null ? null : failure(reason.code, reason.message);
}

type EncodedResponse = UpstreamResponse & { body: Buffer };

function isEncoded(outcome: ExchangeOutcome): outcome is EncodedResponse {
  if (outcome.kind === 'failure' || outcome.body === null || outcome.body.length === 0) return false;
  return outcome.headers['content-encoding'] !== undefined;
}

async function decode(response: EncodedResponse, maxBytes: number): Promise<UpstreamResponse> {
  // Only `set-cookie` is an array.
  const encoding = String(response.headers['content-encoding']);
  const decoded = await decodeBody(response.body, encoding, maxBytes);
  if ('withheld' in decoded) return { ...response, body: null, withheld: decoded.withheld };
  return { ...response, body: decoded.body };
}
