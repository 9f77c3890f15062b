import * as zlib from 'node:zlib';

/** Node has it from 22.15 and 23.8 on. */
export const HAS_ZSTD = 'createZstdDecompress' in zlib;

/** What the server can undo, so that a response can be searched for the secret. */
export const CONTENT_ENCODINGS: readonly string[] = ['gzip', 'deflate', 'br', ...(HAS_ZSTD ? ['zstd'] : [])];
