export interface ContentType {
  /** Lower-case, without parameters; empty where none was given. */
  essence: string;
  charset: string | null;
}

export function parseContentType(header: string | undefined): ContentType {
  const [essence = '', ...parameters] = (header ?? '').split(/[;,]/).map((part) => part.trim().toLowerCase());
  const charset = parameters.find((parameter) => parameter.startsWith('charset='));
  return { essence, charset: charset?.slice('charset='.length).replace(/^["']|["']$/g, '') ?? null };
}

export function isJsonType(essence: string): boolean {
  return essence === 'application/json' || essence.endsWith('+json');
}

const TEXT_TYPES: ReadonlySet<string> = new Set([
  'application/ecmascript',
  'application/javascript',
  'application/x-javascript',
  'application/x-www-form-urlencoded',
  'application/xml',
]);

export function isTextType(essence: string): boolean {
  return essence.startsWith('text/') || essence.endsWith('+xml') || TEXT_TYPES.has(essence) || isJsonType(essence);
}

const UTF_8 = new TextDecoder();

/** What decodes a body. UTF-8 where the charset is unknown or not given; a byte order mark knows better than both. */
export function decoderOf(body: Buffer, charset: string | null): TextDecoder {
  if (body[0] === 0xfe && body[1] === 0xff) return new TextDecoder('utf-16be');
  if (body[0] === 0xff && body[1] === 0xfe) return new TextDecoder('utf-16le');
  if (charset === null || charset === 'utf-8' || (body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf))
    return UTF_8;
  try {
    return new TextDecoder(charset);
  } catch {
    return UTF_8;
  }
}
