// pure
import { invalidParameter } from '../errors.ts';
import { isPrintableAscii } from './header-rules.ts';
import type { BodyEncoding } from './media-type.ts';
import { formatPath, type ParameterPath } from './parameter-path.ts';

/** A part of a multipart body that is a file. */
export interface FilePart {
  filename: string;
  /** application/octet-stream unless told. */
  contentType?: string | null;
  base64: string;
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
const MEDIA_TYPE = /^[!#%&'*+\-.^_`|~0-9A-Za-z]+\/[!#%&'*+\-.^_`|~0-9A-Za-z]+(?:\s*;[^$]*)?$/;
const FILE_KEYS = new Set(['filename', 'contentType', 'base64']);

/** That `data`, known to be JSON, can be encoded as its Content-Type says. Throws INVALID_PARAMETER at the value that cannot. */
export function checkBody(encoding: BodyEncoding, data: unknown): void {
  switch (encoding) {
    case 'json':
      return;
    case 'form':
      if (!isObject(data)) throw invalidParameter('input.data', 'A form must be an object.');
      return;
    case 'multipart':
      checkMultipart(data);
      return;
    case 'text':
      if (typeof data !== 'string') {
        throw invalidParameter(
          'input.data',
          'Must be a string with this Content-Type, which is neither JSON nor a form.',
        );
      }
  }
}

function checkMultipart(data: unknown): void {
  if (!isObject(data)) throw invalidParameter('input.data', 'A multipart form must be an object.');
  for (const [name, part] of Object.entries(data)) {
    if (!Array.isArray(part)) checkPart(part, ['input', 'data', name]);
    else for (const [index, item] of part.entries()) checkPart(item, ['input', 'data', name, index]);
  }
}

function checkPart(part: unknown, path: ParameterPath): void {
  if (typeof part === 'string') return;
  if (!isObject(part)) {
    throw invalidParameter(formatPath(path), 'A part must be a string or {filename, contentType, base64}.');
  }
  for (const key of Object.keys(part)) {
    if (!FILE_KEYS.has(key)) {
      throw invalidParameter(formatPath([...path, key]), 'A file has filename, contentType and base64 alone.');
    }
  }
  if (typeof part.filename !== 'string') throw invalidParameter(formatPath([...path, 'filename']), 'Must be a string.');
  const type = part.contentType ?? null;
  if (type !== null && (typeof type !== 'string' || !MEDIA_TYPE.test(type) || !isPrintableAscii(type))) {
    throw invalidParameter(formatPath([...path, 'contentType']), 'Must be a media type, without placeholders.');
  }
  if (typeof part.base64 !== 'string' || !isBase64(part.base64)) {
    throw invalidParameter(formatPath([...path, 'base64']), 'Must be Base64.');
  }
}

/** With its padding or without. */
function isBase64(text: string): boolean {
  return BASE64.test(text) && (text.endsWith('=') ? text.length % 4 === 0 : text.length % 4 !== 1);
}

/**
 * Queries and forms repeat the whole name before each value: one long key around many values would be a body of gigabytes.
 * Throws INVALID_PARAMETER at `parameter` where the names, written out, have more than `max` characters.
 */
export function checkNames(value: unknown, parameter: string, max: number): void {
  if (lengthOfNames(value, 0) > max) {
    throw invalidParameter(parameter, `Its names, written out before each value, have more than ${max} characters.`);
  }
}

function lengthOfNames(value: unknown, nameLength: number): number {
  if (typeof value !== 'object' || value === null) return nameLength;
  let length = 0;
  for (const [key, item] of Object.entries(value)) length += lengthOfNames(item, nameLength + key.length + '[]'.length);
  return length;
}

/** Whether a part that was checked is a file; a string otherwise. */
export function isFilePart(part: unknown): part is FilePart {
  return isObject(part);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
