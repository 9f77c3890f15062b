import * as zlib from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeBody } from '../../../src/upstream/content-encoding.ts';

const LIMIT = 1024 * 1024;
const ENCODERS: Array<[string, (body: Buffer) => Buffer]> = [
  ['gzip', zlib.gzipSync],
  ['x-gzip', zlib.gzipSync],
  ['GZip', zlib.gzipSync],
  ['deflate', zlib.deflateSync],
  ['deflate', zlib.deflateRawSync],
  ['br', zlib.brotliCompressSync],
  ...('zstdCompressSync' in zlib ? [['zstd', zlib.zstdCompressSync] as [string, (body: Buffer) => Buffer]] : []),
];

/** Hard to compress, so that the encoded body is large as well. */
function noise(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0, state = 1; at < length; at++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}

function codeOf(decoded: Awaited<ReturnType<typeof decodeBody>>): string {
  return 'withheld' in decoded ? decoded.withheld.code : 'decoded';
}

describe.each(ENCODERS)('%s', (name, encode) => {
  test('is undone, small or large', async () => {
    for (const body of [Buffer.from('hello'), Buffer.alloc(LIMIT), noise(300_000)]) {
      const decoded = await decodeBody(encode(body), name, LIMIT);
      expect('body' in decoded && decoded.body.equals(body)).toBe(true);
    }
  });

  test('stops at the limit of decoded bytes', async () => {
    expect(await decodeBody(encode(Buffer.from('0123456789')), name, 10)).toHaveProperty('body');
    expect(codeOf(await decodeBody(encode(Buffer.from('0123456789')), name, 9))).toBe('RESPONSE_TOO_LARGE');
    expect(codeOf(await decodeBody(encode(Buffer.alloc(LIMIT + 1)), name, LIMIT))).toBe('RESPONSE_TOO_LARGE');
  });

  test('cut short is unreadable, wherever it is cut', async () => {
    for (const body of [Buffer.from('hello, hello, hello'), noise(100_000)]) {
      const encoded = encode(body);
      for (const length of [1, 2, 5, encoded.length >> 1, encoded.length - 1]) {
        expect(codeOf(await decodeBody(encoded.subarray(0, length), name, LIMIT))).toBe('RESPONSE_UNREADABLE');
      }
    }
  });

  test('an aborted signal ends it', async () => {
    const bomb = encode(Buffer.alloc(8 * LIMIT));
    await expect(decodeBody(bomb, name, 8 * LIMIT, AbortSignal.abort(new Error('out of time')))).rejects.toThrow(
      'out of time',
    );
  });
});

test('a list is undone from its end', async () => {
  const body = Buffer.from('hello');
  const encoded = zlib.brotliCompressSync(zlib.gzipSync(body));
  expect(await decodeBody(encoded, 'gzip, identity,br', LIMIT)).toEqual({ body });
  expect(codeOf(await decodeBody(encoded, 'br, gzip', LIMIT))).toBe('RESPONSE_UNREADABLE');
});

test('a body that is not encoded passes, within the limit', async () => {
  const body = Buffer.from('hello');
  expect(await decodeBody(body, undefined, 5)).toEqual({ body });
  expect(await decodeBody(body, 'identity', 5)).toEqual({ body });
  expect(codeOf(await decodeBody(body, '', 4))).toBe('RESPONSE_TOO_LARGE');
  expect(await decodeBody(Buffer.alloc(0), 'gzip', 5)).toEqual({ body: Buffer.alloc(0) });
});

test('an encoding that nobody knows, or too many of them, is unreadable', async () => {
  for (const name of ['compress', 'constructor', 'gzip, aes', 'gzip,'.repeat(100)]) {
    expect(codeOf(await decodeBody(zlib.gzipSync('hello'), name, LIMIT))).toBe('RESPONSE_UNREADABLE');
  }
});

test('a bomb within a bomb is too large', async () => {
  const bomb = zlib.gzipSync(zlib.gzipSync(Buffer.alloc(64 * LIMIT)));
  expect(codeOf(await decodeBody(bomb, 'gzip, gzip', LIMIT))).toBe('RESPONSE_TOO_LARGE');
});

test('whatever bytes come, it resolves', async () => {
  const names = fc.constantFrom('gzip', 'deflate', 'br', 'zstd', 'gzip, br');
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), names, async (bytes, name) => {
      expect(['decoded', 'RESPONSE_UNREADABLE', 'RESPONSE_TOO_LARGE']).toContain(
        codeOf(await decodeBody(Buffer.from(bytes), name, LIMIT)),
      );
    }),
  );
});
