import { invalidParameter } from './errors.ts';
import { readForm, readFormData } from './form-controls.ts';
import { decodeForm } from './form-decoding.ts';
import type { HttpMethod } from './request-item.ts';

/** What to ask a third party. `$CLIENT_SECRET` and `$CLIENT_ID` in it are put in by the server. */
export interface ClientSecretRequestParams {
  clientSecretName: string;
  url: string;
  method: HttpMethod | Lowercase<HttpMethod>;
  headers?: Record<string, string | number>;
  /** The body; with POST, PUT and PATCH. Files and Blobs in it become parts of a multipart request. */
  data?: unknown;
  /** The query string; with GET and DELETE. */
  params?: Record<string, unknown>;
  /** Above 0: resolve with the final response body. The number is the milliseconds between questions where streams are blocked. */
  poll?: number;
  /** Milliseconds until a request that is still pending fails. */
  expires?: number;
  /** Requests with the same url, method and queue are sent one after another. */
  queue?: string;
  /** Milliseconds for the third party to answer. */
  timeout?: number;
  /** With the same key nothing is sent twice; made by the library unless told. */
  idempotencyKey?: string;
}

/** A form, what it sends when it is submitted, or its data. */
export type FormSource = SubmitEvent | HTMLFormElement | FormData;

const NAMES: (keyof ClientSecretRequestParams)[] = [
  'clientSecretName',
  'url',
  'method',
  'headers',
  'data',
  'params',
  'poll',
  'expires',
  'queue',
  'timeout',
  'idempotencyKey',
];
const NUMBERS = ['poll', 'expires', 'timeout'];
const OPTIONAL_TEXTS = ['queue', 'idempotencyKey'];
/** More the API's integers do not hold. */
const MOST_MILLISECONDS = 2 ** 31 - 1;

/** Reads whatever `clientSecretRequest` takes, at once: the page may change the form afterwards. Throws `INVALID_PARAMETER`. */
export function readParams(source: ClientSecretRequestParams | FormSource): ClientSecretRequestParams {
  if (typeof source !== 'object' || source === null) {
    throw invalidParameter('params', 'clientSecretRequest takes an object, a form, its submit event or a FormData');
  }
  const params = readSource(source);
  checkNames(params, NAMES);
  for (const name of ['clientSecretName', 'url']) requireText(name, params[name]);
  for (const name of OPTIONAL_TEXTS) checkText(name, params[name]);
  checkMethod(params.method);
  checkPoll(params.poll);
  for (const name of ['expires', 'timeout']) {
    const value = params[name] ?? 1;
    if (!Number.isInteger(value) || (value as number) < 1 || (value as number) > MOST_MILLISECONDS)
      throw invalidParameter(name, `${name} is milliseconds, a whole number from 1 to ${MOST_MILLISECONDS}`);
  }
  for (const name of ['headers', 'params']) {
    if (typeof (params[name] ?? {}) !== 'object' || Array.isArray(params[name]))
      throw invalidParameter(name, `${name} is an object of names and values`);
  }
  for (const name of ['headers', 'data', 'params']) checkJson(name, params[name]);
  // The names are checked; the rest is the server's to judge.
  return params as unknown as ClientSecretRequestParams;
}

export function requireText(name: string, value: unknown): void {
  if (typeof value !== 'string' || value === '') throw invalidParameter(name, `${name} is required, as a string`);
}

/** Of what need not be said. */
export function checkText(name: string, value: unknown): void {
  if (value === undefined || value === null) return;
  if (typeof value !== 'string' || value === '') throw invalidParameter(name, `${name} is a string, and not empty`);
}

export function checkMethod(method: unknown, name = 'method'): void {
  if (typeof method !== 'string' || !/^(GET|POST|PUT|PATCH|DELETE)$/i.test(method))
    throw invalidParameter(name, `${name} is GET, POST, PUT, PATCH or DELETE`);
}

/** `path`: what stands before the names. */
export function checkNames(given: object, names: readonly string[], path = ''): void {
  const unknown = Object.keys(given).find((name) => !names.includes(name));
  if (unknown !== undefined) throw invalidParameter(path + unknown, `There is no field "${path}${unknown}"`);
}

/** Bigints and circles are none. */
function checkJson(name: string, value: unknown): void {
  try {
    JSON.stringify(value);
  } catch {
    throw invalidParameter(name, `${name} cannot be written as JSON`);
  }
}

export function checkPoll(poll: unknown): void {
  if (poll === undefined || poll === null) return;
  if (typeof poll !== 'number' || !Number.isFinite(poll) || poll < 0) {
    throw invalidParameter('poll', 'poll is a number of milliseconds, 0 or more');
  }
}

function readSource(source: ClientSecretRequestParams | FormSource): Record<string, unknown> {
  if (source instanceof FormData) return fromForm(decodeForm(readFormData(source)));
  if ('preventDefault' in source) {
    source.preventDefault();
    // The target of a submit event is the form, whoever listens.
    return fromForm(decodeForm(readForm(source.target as HTMLFormElement)));
  }
  if ('elements' in source) return fromForm(decodeForm(readForm(source)));
  return { ...source };
}

/** A hidden input has no numbers, so that the fields that are numbers are read as such from text too. What was left empty was not said. */
function fromForm(fields: Record<string, unknown>): Record<string, unknown> {
  for (const name of [...NUMBERS, ...OPTIONAL_TEXTS]) {
    const value = fields[name];
    if (typeof value !== 'string') continue;
    if (value.trim() === '') delete fields[name];
    else if (NUMBERS.includes(name)) fields[name] = Number(value);
  }
  return fields;
}
