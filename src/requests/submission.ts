// pure
import { Buffer } from 'node:buffer';
import { z } from 'zod';
import { rememberPassed } from '../cache.ts';
import { invalidParameter } from '../errors.ts';
import { HTTP_METHODS } from '../secrets/client-secret.ts';
import { checkBody, checkNames } from './body-rules.ts';
import { checkHeaders } from './header-rules.ts';
import { checkJson, checkText } from './json-value.ts';
import { bodyEncodingOf, headerValue } from './media-type.ts';
import { formatPath } from './parameter-path.ts';
import { type PlaceholderUse, takesData, usesOf } from './placeholder-uses.ts';
import type { Submission } from './request.ts';
import { checkUrl } from './request-url.ts';

/** Bytes and milliseconds. */
export interface SubmissionLimits {
  /** Of url, headers, data and params together. */
  maxRequestBytes: number;
  maxTimeoutMs: number;
  defaultTimeoutMs: number;
  maxExpiresMs: number;
  defaultExpiresMs: number;
  maxWaitMs: number;
}

const MAX_IDEMPOTENCY_KEY_LENGTH = 255;
const MAX_QUEUE_LENGTH = 1000;

const shape = z.object({
  clientSecretName: z.string(),
  url: z.string(),
  method: z.enum(HTTP_METHODS),
  headers: z.unknown().optional(),
  data: z.unknown().optional(),
  params: z.unknown().optional(),
  queue: z.string().nullish(),
  expires: z.int().nullish(),
  timeout: z.int().nullish(),
  idempotencyKey: z.string().nullish(),
  wait: z.int().nullish(),
});
type Input = z.infer<typeof shape>;

/** With what was found in it on the way. */
export interface ParsedSubmission extends Submission {
  uses: readonly PlaceholderUse[];
}

const checkSyntax = rememberPassed(checkUrl);

/**
 * The input of `clientSecretRequest`, checked as far as it can be without its client secret (BEHAVIOUR 3); null counts as
 * left out. Throws INVALID_PARAMETER with the path of the offending value. Headers and body are passed on, not copied.
 */
export function parseSubmission(input: unknown, limits: SubmissionLimits): ParsedSubmission {
  const fields = readFields(input);
  const { clientSecretName, url, method, headers } = readTarget(fields);
  const body = readBody(fields);
  checkText(url, ['input', 'url']);
  const parameter = takesData(method) ? 'data' : 'params';
  const mostBytes =
    3 * url.length +
    (headers === null ? 0 : checkJson(headers, ['input', 'headers'])) +
    (body === undefined ? 0 : checkJson(body, ['input', parameter]));
  // What is written out to be measured is only what may be too large.
  if (mostBytes > limits.maxRequestBytes) checkSize([url, headers, body], limits.maxRequestBytes);
  checkSyntax(url);
  const checkedHeaders = headers === null ? null : checkHeaders(headers);
  if (body !== undefined) checkEncodable(body, takesData(method), checkedHeaders, limits);
  const host = { url, method, headers: checkedHeaders, body };
  const submission: ParsedSubmission = {
    clientSecretName,
    ...host,
    queue: readName(fields.queue, 'queue', MAX_QUEUE_LENGTH),
    idempotencyKey: readName(fields.idempotencyKey, 'idempotencyKey', MAX_IDEMPOTENCY_KEY_LENGTH),
    expires: readDuration(fields.expires, 'expires', 1, limits.maxExpiresMs, limits.defaultExpiresMs),
    timeout: readDuration(fields.timeout, 'timeout', 1, limits.maxTimeoutMs, limits.defaultTimeoutMs),
    wait: readDuration(fields.wait, 'wait', 0, limits.maxWaitMs, 0),
    uses: usesOf(host),
  };
  if (!submission.uses.some((use) => use.name === 'CLIENT_SECRET')) {
    throw invalidParameter('input', '$CLIENT_SECRET stands nowhere in url, headers, data or params.');
  }
  return submission;
}

function readFields(input: unknown): Input {
  const result = shape.safeParse(input);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  // Paths of zod may hold symbols; those of this shape are its own keys.
  const path = (issue?.path ?? []).map(String);
  throw invalidParameter(formatPath(['input', ...path]), issue?.message ?? 'Invalid input');
}

function readTarget(fields: Input) {
  const { clientSecretName, url, method } = fields;
  checkText(clientSecretName, ['input', 'clientSecretName']);
  return { clientSecretName, url, method, headers: fields.headers ?? null };
}

function readBody(fields: Input): unknown {
  const data = fields.data ?? undefined;
  const params = fields.params ?? undefined;
  if (!takesData(fields.method)) {
    if (data !== undefined) throw invalidParameter('input.data', 'data goes with POST, PUT and PATCH: use params.');
    if (params !== undefined && (typeof params !== 'object' || Array.isArray(params))) {
      throw invalidParameter('input.params', 'Must be an object.');
    }
    return params;
  }
  if (params !== undefined) throw invalidParameter('input.params', 'params go with GET and DELETE: use data.');
  return data;
}

function checkSize(parts: readonly [url: string, headers: unknown, body: unknown], maxBytes: number): void {
  const [url, headers, body] = parts;
  let bytes = Buffer.byteLength(url);
  if (headers !== null) bytes += Buffer.byteLength(JSON.stringify(headers));
  if (body !== undefined) bytes += Buffer.byteLength(JSON.stringify(body));
  if (bytes > maxBytes) {
    throw invalidParameter('input', `url, headers, data and params have more than ${maxBytes} bytes together.`);
  }
}

function checkEncodable(
  body: unknown,
  isData: boolean,
  headers: Submission['headers'],
  limits: SubmissionLimits,
): void {
  const encoding = isData ? bodyEncodingOf(headerValue(headers, 'content-type')) : 'query';
  if (encoding !== 'query') checkBody(encoding, body);
  // A form of many short values is a few times its JSON.
  if (encoding !== 'json' && encoding !== 'text') {
    checkNames(body, isData ? 'input.data' : 'input.params', 4 * limits.maxRequestBytes);
  }
}

function readName(value: string | null | undefined, field: string, maxLength: number): string | null {
  if (value === null || value === undefined) return null;
  const path = ['input', field];
  if (value === '') throw invalidParameter(formatPath(path), 'Must not be empty.');
  // Characters, not UTF-16 units.
  if (value.length > maxLength && [...value].length > maxLength) {
    throw invalidParameter(formatPath(path), `Must have ${maxLength} characters at most.`);
  }
  checkText(value, path);
  return value;
}

function readDuration(
  value: number | null | undefined,
  field: string,
  min: number,
  max: number,
  defaultMs: number,
): number {
  if (value === null || value === undefined) return defaultMs;
  if (value < min || value > max) {
    throw invalidParameter(`input.${field}`, `Must be from ${min} to ${max} milliseconds.`);
  }
  return value;
}
