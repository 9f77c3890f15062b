// pure
/** How `data` becomes a body. */
export type BodyEncoding = 'json' | 'form' | 'multipart' | 'text';

/** The value of a header by its lower-case name; undefined where it is not there. */
export function headerValue(
  headers: Readonly<Record<string, string | number>> | null,
  lowerCaseName: string,
): string | undefined {
  if (headers === null) return undefined;
  for (const name of Object.keys(headers)) {
    if (name.length === lowerCaseName.length && name.toLowerCase() === lowerCaseName) return String(headers[name]);
  }
  return undefined;
}

/** By the media type of the `Content-Type` header as submitted; JSON without one, text for every type not known. */
export function bodyEncodingOf(contentType: string | undefined): BodyEncoding {
  if (contentType === undefined) return 'json';
  const mediaType = (contentType.split(';', 1)[0] ?? '').trim().toLowerCase();
  if (mediaType === 'application/json' || mediaType.endsWith('+json')) return 'json';
  if (mediaType === 'application/x-www-form-urlencoded') return 'form';
  return mediaType === 'multipart/form-data' ? 'multipart' : 'text';
}
