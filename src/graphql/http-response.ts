import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ExecutionResult, GraphQLError } from 'graphql';
import { clientError, refusesMethod, statusOf } from './client-errors.ts';
import type { ReportError } from './error-mapping.ts';
import { toClientError } from './error-mapping.ts';
import { HttpRefusal } from './http-refusal.ts';
import { endAnswer } from './last-answer.ts';
import { PLAIN_JSON, RESPONSE_JSON, readAccept } from './media-types.ts';

/** One whole result. A request that was refused has no `data`, and the status of its first error. */
export function sendResult(req: IncomingMessage, res: ServerResponse, result: ExecutionResult): void {
  const type = readAccept(req.headers.accept).json ?? PLAIN_JSON;
  const [refusal] = result.errors ?? [];
  const refused = result.data === undefined && refusal !== undefined;
  if (refusesMethod(result)) res.setHeader('Allow', 'POST');
  send(req, res, refused ? statusOf(refusal, type === RESPONSE_JSON) : 200, type, result);
}

/** A request that got no further than its headers and body: the status of what was thrown stands whatever the client accepts. */
export function sendThrown(req: IncomingMessage, res: ServerResponse, thrown: unknown, report: ReportError): void {
  if (res.headersSent) return void res.destroy();
  const type = readAccept(req.headers.accept).json ?? PLAIN_JSON;
  let error: GraphQLError;
  let status: number;
  if (thrown instanceof HttpRefusal) {
    error = clientError('BAD_USER_INPUT', thrown.message);
    status = thrown.status;
    for (const [name, value] of Object.entries(thrown.headers)) res.setHeader(name, value);
  } else {
    error = toClientError(thrown, report);
    status = statusOf(error, true);
  }
  send(req, res, status, type, { errors: [error] });
}

function send(req: IncomingMessage, res: ServerResponse, status: number, type: string, result: ExecutionResult): void {
  // RFC 9110 15.5.2. Browsers ask nobody for a password by it.
  if (status === 401) res.setHeader('WWW-Authenticate', 'Bearer');
  // A string, not a buffer: Node sends it in one write with the headers.
  const body = JSON.stringify(result);
  res.writeHead(status, {
    'Content-Type': `${type}; charset=utf-8`,
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
  });
  endAnswer(req, res, body);
}
