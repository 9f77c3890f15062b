// pure
import { Buffer } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import { type FilePart, isFilePart } from '../requests/body-rules.ts';
import type { ParameterPath } from '../requests/parameter-path.ts';
import { type PlaceholderValues, substitute } from '../requests/placeholders.ts';

/** A body and the boundary that its Content-Type must name. */
export interface MultipartBody {
  body: Buffer;
  boundary: string;
}

/**
 * multipart/form-data (RFC 7578) of `data` that `checkBody` passed. An array is several parts of one name. Texts and files
 * arrive byte for byte; names and filenames are escaped as browsers do, so that none can end its header.
 */
export function encodeMultipart(data: object, values: PlaceholderValues): MultipartBody {
  // 128 random bits, made after the content is known: nobody can have written it into a part.
  const boundary = `----KeyholeFormBoundary${randomBytes(16).toString('hex')}`;
  const chunks: Buffer[] = [];
  for (const [name, value] of Object.entries(data)) {
    const path = ['input', 'data', name];
    const parts: unknown[] = Array.isArray(value) ? value : [value];
    for (const part of parts) {
      const head = `--${boundary}\r\nContent-Disposition: form-data; name="${escapeName(name)}"`;
      if (isFilePart(part)) addFile(chunks, head, part, values, path);
      else chunks.push(Buffer.from(`${head}\r\n\r\n${substitute(String(part), path, values)}\r\n`));
    }
  }
  chunks.push(Buffer.from(`--${boundary}--\r\n`));
  return { body: Buffer.concat(chunks), boundary };
}

function addFile(chunks: Buffer[], head: string, file: FilePart, values: PlaceholderValues, path: ParameterPath): void {
  const filename = escapeName(substitute(file.filename, [...path, 'filename'], values));
  const type = file.contentType ?? 'application/octet-stream';
  chunks.push(
    Buffer.from(`${head}; filename="${filename}"\r\nContent-Type: ${type}\r\n\r\n`),
    Buffer.from(file.base64, 'base64'),
    Buffer.from('\r\n'),
  );
}

/** As the HTML standard has it: what would end the quoted name or its line is percent-encoded, the rest is UTF-8. */
function escapeName(name: string): string {
  return name.replace(/\r/g, '%0D').replace(/\n/g, '%0A').replace(/"/g, '%22');
}
