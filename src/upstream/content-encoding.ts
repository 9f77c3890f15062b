import { addAbortSignal, type Transform } from 'node:stream';
import * as zlib from 'node:zlib';
import type { RequestErrorCode } from '../requests/request.ts';
import { HAS_ZSTD } from './content-encodings.ts';

export type DecodedBody = { body: Buffer } | { withheld: { code: RequestErrorCode; message: string } };

interface Coding {
  /** Throws ERR_BUFFER_TOO_LARGE above `maxOutputLength`, which is in bytes. */
  decode(body: Buffer, options: { maxOutputLength: number }): Buffer;
  createDecoder(body: Buffer, options: { chunkSize: number }): Transform;
}

/** Decoding a body that is small on both sides takes some microseconds, less than handing it to another thread does. */
const SMALL_ENCODED_BYTES = 16 * 1024;
const SMALL_DECODED_BYTES = 256 * 1024;
const CHUNK_BYTES = 64 * 1024;
/** Nobody encodes a body more often than this, save to tire the server. */
const MAX_CODINGS = 4;

class TooLargeError extends Error {}

/**
 * Undoes a `Content-Encoding`, the last of a list first. `maxBytes` counts decoded bytes. A body that is too large, broken,
 * cut short or of an unknown encoding is withheld. Rejects only where `signal` is aborted.
 */
export async function decodeBody(
  body: Buffer,
  encoding: string | undefined,
  maxBytes: number,
  signal?: AbortSignal,
): Promise<DecodedBody> {
  const names = (encoding ?? '').split(',').map((name) => name.trim().toLowerCase());
  const applied = names.filter((name) => name !== '' && name !== 'identity');
  if (body.length === 0) return { body };
  if (applied.length > MAX_CODINGS) return unreadable('was encoded too many times over');
  let decoded = body;
  for (const name of applied.reverse()) {
    const coding = codingOf(name);
    if (coding === null) return unreadable('has a Content-Encoding that the server cannot undo');
    try {
      decoded = decodeSmall(decoded, coding, maxBytes) ?? (await decodeLarge(decoded, coding, maxBytes, signal));
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof TooLargeError) return tooLarge(maxBytes);
      return unreadable('is not what its Content-Encoding says, or it is cut short');
    }
  }
  return decoded.length > maxBytes ? tooLarge(maxBytes) : { body: decoded };
}

function codingOf(name: string): Coding | null {
  switch (name) {
    case 'gzip':
    case 'x-gzip':
      return { decode: zlib.gunzipSync, createDecoder: (_, options) => zlib.createGunzip(options) };
    case 'deflate':
      return {
        decode: (body, options) => (hasZlibHeader(body) ? zlib.inflateSync : zlib.inflateRawSync)(body, options),
        createDecoder: (body, options) =>
          hasZlibHeader(body) ? zlib.createInflate(options) : zlib.createInflateRaw(options),
      };
    case 'br':
      return { decode: zlib.brotliDecompressSync, createDecoder: (_, options) => zlib.createBrotliDecompress(options) };
    case 'zstd':
      return HAS_ZSTD ? zstd() : null;
    default:
      return null;
  }
}

function zstd(): Coding {
  // The types are those of Node 20, which has no zstd; HAS_ZSTD was asked before.
  const { zstdDecompressSync, createZstdDecompress } = zlib as unknown as {
    zstdDecompressSync: Coding['decode'];
    createZstdDecompress: (options: { chunkSize: number }) => Transform;
  };
  return { decode: zstdDecompressSync, createDecoder: (_, options) => createZstdDecompress(options) };
}

/** Some servers send `deflate` without the zlib header that it should have (RFC 9110, 8.4.1.2). */
function hasZlibHeader(body: Buffer): boolean {
  return body.length >= 2 && ((body[0] ?? 0) & 0x0f) === 8 && body.readUInt16BE(0) % 31 === 0;
}

/** Null where the body is not small. */
function decodeSmall(body: Buffer, coding: Coding, maxBytes: number): Buffer | null {
  if (body.length > SMALL_ENCODED_BYTES) return null;
  try {
    return coding.decode(body, { maxOutputLength: Math.min(maxBytes, SMALL_DECODED_BYTES) });
  } catch (error) {
    const isLarger = error instanceof RangeError && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
    if (!isLarger) throw error;
    return null;
  }
}

/** Off the event loop, chunk by chunk, and no further than `maxBytes`. */
async function decodeLarge(body: Buffer, coding: Coding, maxBytes: number, signal?: AbortSignal): Promise<Buffer> {
  const decoder = coding.createDecoder(body, { chunkSize: CHUNK_BYTES });
  if (signal !== undefined) addAbortSignal(signal, decoder);
  decoder.end(body);
  const chunks: Buffer[] = [];
  let length = 0;
  // Leaving the loop early destroys the decoder.
  for await (const chunk of decoder as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBytes) throw new TooLargeError();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

function unreadable(what: string): DecodedBody {
  return { withheld: { code: 'RESPONSE_UNREADABLE', message: `The body of the response ${what}` } };
}

function tooLarge(maxBytes: number): DecodedBody {
  return { withheld: { code: 'RESPONSE_TOO_LARGE', message: `The response is larger than ${maxBytes} bytes` } };
}
