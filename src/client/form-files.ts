import { invalidParameter } from './errors.ts';

/** A file as the API takes it in `data` of a multipart request. */
export interface FilePart {
  filename: string;
  contentType: string;
  base64: string;
}

/** Puts a part in the place of every File and Blob in `data`, at any depth. `isMultipart`: without it there is no place for one. */
export async function withFileParts(data: unknown, isMultipart: boolean, path = 'data'): Promise<unknown> {
  if (data instanceof Blob) {
    if (isMultipart) return toPart(data);
    throw invalidParameter(path, `${path} is a file: it needs the header Content-Type multipart/form-data`);
  }
  if (Array.isArray(data)) {
    return Promise.all(data.map((entry, index) => withFileParts(entry, isMultipart, `${path}[${index}]`)));
  }
  // Others than plain objects (dates, for instance) know themselves how to become JSON.
  if (typeof data !== 'object' || data === null || Object.getPrototypeOf(data) !== Object.prototype) return data;
  const entries = Object.entries(data).map(async ([key, value]) => [
    key,
    await withFileParts(value, isMultipart, `${path}.${key}`),
  ]);
  return Object.fromEntries(await Promise.all(entries));
}

async function toPart(blob: Blob): Promise<FilePart> {
  return {
    filename: blob instanceof File ? blob.name : 'blob',
    contentType: blob.type || 'application/octet-stream',
    base64: toBase64(new Uint8Array(await blob.arrayBuffer())),
  };
}

function toBase64(bytes: Uint8Array): string {
  let binary = '';
  // Not all at once: a call takes only so many arguments.
  for (let start = 0; start < bytes.length; start += 0x8000) {
    binary += String.fromCharCode(...bytes.subarray(start, start + 0x8000));
  }
  return btoa(binary);
}
