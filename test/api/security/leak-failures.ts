import { gzipSync } from 'node:zlib';

/** An answer that is none, as bytes, from a third party that knows the secret; the connection is closed after it. Add a row. */
export interface BrokenAnswer {
  name: string;
  bytes: Buffer;
  /** What the request then fails with. */
  code: string;
}

const MANY = 40_000;

/** `maxBytes` is the limit that the server has for bodies. */
export function brokenAnswers(value: string, maxBytes: number): BrokenAnswer[] {
  const bytes = Buffer.from(value).toString('latin1');
  const answer = (lines: string[], body: Buffer | string = '') =>
    Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), Buffer.from(body)]);
  const broken = gzipSync(value.repeat(10)).subarray(0, 20);
  return [
    {
      name: 'cut within the body',
      code: 'UPSTREAM_UNREACHABLE',
      bytes: answer(['HTTP/1.1 200 OK', 'Content-Length: 9999'], value),
    },
    {
      name: 'cut within the headers',
      code: 'UPSTREAM_UNREACHABLE',
      bytes: Buffer.from(`HTTP/1.1 200 OK\r\nx-echo: ${bytes}`, 'latin1'),
    },
    { name: 'no HTTP at all', code: 'UPSTREAM_UNREACHABLE', bytes: Buffer.from(`${value}\r\n\r\n`) },
    { name: 'a status line that is none', code: 'UPSTREAM_UNREACHABLE', bytes: answer([`HTTP/1.1 ${bytes}`]) },
    { name: 'a header that is none', code: 'UPSTREAM_UNREACHABLE', bytes: answer(['HTTP/1.1 200 OK', `${bytes}`]) },
    {
      name: 'a length that is none',
      code: 'UPSTREAM_UNREACHABLE',
      bytes: answer(['HTTP/1.1 200 OK', `Content-Length: ${bytes}`]),
    },
    {
      name: 'chunks that are none',
      code: 'UPSTREAM_UNREACHABLE',
      bytes: answer(['HTTP/1.1 200 OK', 'Transfer-Encoding: chunked'], `${value}\r\n`),
    },
    {
      name: 'headers without an end',
      code: 'RESPONSE_TOO_LARGE',
      bytes: answer(['HTTP/1.1 200 OK', `x-echo: ${bytes.repeat(MANY / 10)}`]),
    },
    {
      name: 'a body that is too large',
      code: 'RESPONSE_TOO_LARGE',
      bytes: answer(['HTTP/1.1 200 OK', `x-echo: ${bytes}`, `Content-Length: ${maxBytes + 1}`], value),
    },
    {
      name: 'gzip that breaks off',
      code: 'RESPONSE_UNREADABLE',
      bytes: answer(
        ['HTTP/1.1 200 OK', 'Content-Encoding: gzip', `x-echo: ${bytes}`, `Content-Length: ${broken.length}`],
        broken,
      ),
    },
    {
      name: 'an encoding of nobody',
      code: 'RESPONSE_UNREADABLE',
      bytes: answer(
        ['HTTP/1.1 200 OK', `Content-Encoding: ${bytes}`, `Content-Length: ${Buffer.byteLength(value)}`],
        value,
      ),
    },
    {
      name: 'a reason that tells',
      code: 'UPSTREAM_STATUS',
      bytes: answer([`HTTP/1.1 403 ${bytes}`, 'Content-Length: 0']),
    },
    {
      name: 'hints before the answer',
      code: 'UPSTREAM_STATUS',
      bytes: answer(['HTTP/1.1 103 Early Hints', `x-echo: ${bytes}`, '', `HTTP/1.1 404 ${bytes}`, 'Content-Length: 0']),
    },
    {
      name: 'trailers',
      code: '',
      bytes: answer(
        ['HTTP/1.1 200 OK', 'Transfer-Encoding: chunked', 'Trailer: x-echo'],
        `1\r\nx\r\n0\r\nx-echo: ${value}\r\n\r\n`,
      ),
    },
  ];
}
