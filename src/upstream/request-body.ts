// pure
import type { Buffer } from 'node:buffer';
import { type BodyEncoding, bodyEncodingOf } from '../requests/media-type.ts';
import { type PlaceholderValues, substitute } from '../requests/placeholders.ts';
import { encodeMultipart } from './multipart.ts';
import { encodeForm } from './pairs.ts';

/** A body ready to be sent, and the Content-Type to send with it. */
export interface EncodedBody {
  body: string | Buffer;
  contentType: string;
}

/**
 * `data`, as `parseSubmission` passed it, with the values in it. `contentType` is the header as submitted, which decides
 * the encoding, and `contentTypeToSend` the same after substitution; undefined without one. Only a multipart body changes it:
 * the boundary is the server's own.
 */
export function encodeBody(
  data: unknown,
  contentType: string | undefined,
  contentTypeToSend: string | undefined,
  values: PlaceholderValues,
): EncodedBody {
  const encoding: BodyEncoding = bodyEncodingOf(contentType);
  const type = contentTypeToSend ?? 'application/json';
  // That a form is an object was checked when the request was submitted (`checkBody`).
  switch (encoding) {
    case 'json':
      return { body: encodeJson(data, values), contentType: type };
    case 'form':
      return { body: encodeForm(data as object, values), contentType: type };
    case 'multipart': {
      const { body, boundary } = encodeMultipart(data as object, values);
      return { body, contentType: `${withoutBoundary(type)}; boundary=${boundary}` };
    }
    case 'text':
      return { body: substitute(String(data), ['input', 'data'], values), contentType: type };
  }
}

function encodeJson(data: unknown, values: PlaceholderValues): string {
  const text = JSON.stringify(data);
  if (!text.includes('$')) return text;
  return JSON.stringify(data, (_key, value: unknown) =>
    typeof value === 'string' ? substitute(value, ['input', 'data'], values) : value,
  );
}

function withoutBoundary(contentType: string): string {
  return contentType.replace(/;\s*boundary\s*=\s*(?:"(?:[^"\\]|\\.)*"|[^;]*)/gi, '').replace(/[;\s]+$/, '');
}
