// pure
import type { RequestRecord } from './request.ts';

/** Roughly the bytes in memory of what was submitted. */
export function submittedBytes({ body, headers }: Pick<RequestRecord, 'body' | 'headers'>): number {
  return bytesOf(body) + bytesOf(headers);
}

/** Roughly the bytes in memory of a request, with its response where it has one. */
export function requestBytes(record: RequestRecord): number {
  return submittedBytes(record) + bytesOf(record.response?.headers) + bytesOf(record.response?.body);
}

function bytesOf(value: unknown): number {
  if (typeof value === 'string') return value.length * 2;
  if (typeof value !== 'object' || value === null) return 8;
  let bytes = 16;
  for (const [key, inner] of Object.entries(value)) bytes += key.length * 2 + bytesOf(inner);
  return bytes;
}
