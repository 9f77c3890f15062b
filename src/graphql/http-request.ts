import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { KeyholeError } from '../errors.ts';
import { parseJson } from '../ordered-json.ts';
import type { OperationParams } from './engine.ts';
import { HttpRefusal } from './http-refusal.ts';

/**
 * The operation in a GET's query string or a POST's JSON. Throws HttpRefusal for what is no GraphQL request, and
 * PAYLOAD_TOO_LARGE past `maxBytes`.
 */
export async function readParams(req: IncomingMessage, maxBytes: number): Promise<OperationParams> {
  if (req.method === 'GET') return fromQueryString(req.url ?? '');
  if (req.method !== 'POST')
    throw new HttpRefusal(405, 'Send GraphQL by GET or POST.', { Allow: 'GET, POST, OPTIONS' });
  requireJson(req);
  return toParams(readJson(await readBody(req, maxBytes), 'The body'));
}

/**
 * JSON alone: what an HTML form can send (urlencoded, multipart, plain text) comes without a preflight. That and the
 * credentials, which stand in headers that no form and no link can set, is what keeps other sites' pages out (CSRF).
 */
function requireJson(req: IncomingMessage): void {
  const [type, ...parameters] = (req.headers['content-type'] ?? '').toLowerCase().split(';');
  const charset = parameters.map((parameter) => parameter.trim()).find((parameter) => parameter.startsWith('charset='));
  const utf8 = charset === undefined || /^charset="?utf-?8"?$/.test(charset);
  if (type?.trim() !== 'application/json' || !utf8) {
    throw new HttpRefusal(415, 'Send the body as application/json, in UTF-8.');
  }
  const encoding = req.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') throw new HttpRefusal(415, 'Send the body without Content-Encoding.');
}

/** Counts as it reads. Read here and not by Yoga, whose own limit copies each body through another stream. */
function readBody(req: IncomingMessage, maxBytes: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    function refuse(): void {
      req.removeListener('data', take);
      req.resume();
      reject(new KeyholeError('PAYLOAD_TOO_LARGE', `The body is larger than ${maxBytes} bytes.`));
    }
    function take(chunk: Buffer): void {
      length += chunk.length;
      if (length > maxBytes) refuse();
      else chunks.push(chunk);
    }
    if (Number(req.headers['content-length']) > maxBytes) return refuse();
    req.on('data', take);
    req.once('end', () => {
      const body = Buffer.concat(chunks, length);
      // What is not, would be stored as something else than was sent.
      if (isUtf8(body)) resolve(body.toString('utf8'));
      else reject(new HttpRefusal(400, 'The body is not UTF-8.'));
    });
    req.once('error', () => reject(new HttpRefusal(400, 'The body broke off.')));
  });
}

function fromQueryString(url: string): OperationParams {
  const start = url.indexOf('?');
  const text = start === -1 ? '' : url.slice(start + 1);
  if (!encodesUtf8(text)) throw new HttpRefusal(400, 'The query string is not UTF-8.');
  const query = new URLSearchParams(text);
  const json = (name: string) => {
    const text = query.get(name);
    return text === null || text === '' ? undefined : readJson(text, name);
  };
  return toParams({
    query: query.get('query') ?? undefined,
    operationName: query.get('operationName') ?? undefined,
    variables: json('variables'),
    extensions: json('extensions'),
  });
}

/** As URLSearchParams has it, a `%` without two digits stands for itself. */
function encodesUtf8(text: string): boolean {
  try {
    decodeURIComponent(text.replace(/%(?![\da-f]{2})/gi, '%25'));
    return true;
  } catch {
    return false;
  }
}

function readJson(text: string, what: string): unknown {
  try {
    return parseJson(text);
  } catch {
    // The parser's own message quotes the text.
    throw new HttpRefusal(400, `${what} is not JSON.`);
  }
}

function toParams(body: unknown): OperationParams {
  if (Array.isArray(body)) throw new HttpRefusal(400, 'Send one operation at a time: there is no batching.');
  if (!isMap(body)) throw new HttpRefusal(400, 'The body must be a JSON object.');
  const { query, operationName, variables, extensions } = body;
  if (typeof query !== 'string') throw new HttpRefusal(400, 'query must be a string.');
  if (!isAbsent(operationName) && typeof operationName !== 'string') {
    throw new HttpRefusal(400, 'operationName must be a string.');
  }
  if (!isAbsent(variables) && !isMap(variables)) throw new HttpRefusal(400, 'variables must be an object.');
  if (!isAbsent(extensions) && !isMap(extensions)) throw new HttpRefusal(400, 'extensions must be an object.');
  return { query, operationName: operationName || null, variables: variables ?? {} };
}

function isAbsent(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
