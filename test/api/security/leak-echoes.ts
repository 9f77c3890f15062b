import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { wholeForms } from '../../support/secret-forms.ts';
import type { Answer } from '../../support/third-party.ts';

/** What a third party may send back that knows the secret. Add a row, to one of the tables below. */
export interface Echo {
  name: string;
  answer: Exclude<Answer, 'cut'>;
  /** What a reader of the answer sees before it is scrubbed. */
  plain: string;
}

/** In which every text can stand. */
const TEXTS: readonly (readonly [name: string, carry: (text: string) => Exclude<Answer, 'cut'>])[] = [
  ['text', (text) => ({ headers: { 'content-type': 'text/plain' }, body: `before ${text} after` })],
  ['text without a type', (text) => ({ body: text })],
  ['an HTML page', (text) => ({ headers: { 'content-type': 'text/html' }, body: `<a href="/?k=${text}">it</a>` })],
  ['XML', (text) => ({ headers: { 'content-type': 'application/xml' }, body: `<a b="${text}">${text}</a>` })],
  ['a form', (text) => ({ headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: `a=${text}&b=1` })],
  [
    'what says that it is JSON',
    (text) => ({ headers: { 'content-type': 'application/json' }, body: `{"a":"${text}"}` }),
  ],
  ['a string of JSON', (text) => ({ body: { deep: [{ echo: `Bearer ${text}` }] } })],
  ['JSON in a string of JSON', (text) => ({ body: { deep: JSON.stringify({ echo: text }) } })],
  ['a key of JSON', (text) => ({ body: { [text]: 1 } })],
  ['binary', (text) => ({ headers: { 'content-type': 'application/octet-stream' }, body: binary(text) })],
  ['an error', (text) => ({ status: 401, headers: { 'content-type': 'text/plain' }, body: `wrong key: ${text}` })],
  ['an error of the server', (text) => ({ status: 503, body: { message: `no ${text}` } })],
];

/** In which what HTTP allows can stand. */
const HEADERS: readonly (readonly [name: string, carry: (text: string) => Exclude<Answer, 'cut'>])[] = [
  ['a header', (text) => ({ headers: { 'x-echo': `key ${bytes(text)}` } })],
  ['headers of one name', (text) => ({ headers: { 'x-echo': ['a', bytes(text)] } })],
  ['cookies', (text) => ({ headers: { 'set-cookie': [`k=${bytes(text)}; Path=/`, 'b=1'] } })],
  ['a redirect', (text) => ({ status: 302, headers: { location: `https://evil.example/?k=${bytes(text)}` } })],
  ['the content type', (text) => ({ headers: { 'content-type': `text/plain; k=${bytes(text)}` }, body: 'x' })],
];

const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const HEADER_VALUE = /^[\t -~\x80-\xff]*$/;

/** Bodies that are no text as it stands. */
const BODIES: readonly (readonly [name: string, type: string, body: (value: string) => Buffer])[] = [
  ['UTF-16, little end first', 'text/plain; charset=utf-16le', (value) => Buffer.from(value, 'utf16le')],
  [
    'UTF-16 with its mark',
    'application/json',
    (value) => Buffer.from(`\ufeff{"a":${JSON.stringify(value)}}`, 'utf16le'),
  ],
  ['UTF-16, big end first', 'text/plain; charset=utf-16be', (value) => Buffer.from(value, 'utf16le').swap16()],
  ['UTF-16 that says nothing of it', 'application/octet-stream', (value) => Buffer.from(`x${value}`, 'utf16le')],
  ['Latin-1', 'text/plain; charset=iso-8859-1', (value) => Buffer.from(value, 'latin1')],
  ['Latin-1 that says UTF-8', 'text/plain; charset=utf-8', (value) => Buffer.from(value, 'latin1')],
  ['UTF-8 that says Latin-1', 'text/plain; charset=iso-8859-1', (value) => Buffer.from(value)],
  ['text with NUL', 'text/plain', (value) => Buffer.from(`\0${value}\0`)],
  ['an image', 'image/png', (value) => Buffer.concat([Buffer.from([0x89, 0x50, 0xff, 0x00]), Buffer.from(value)])],
];

const COMPRESSIONS: readonly (readonly [encoding: string, compress: (body: Buffer) => Buffer])[] = [
  ['gzip', gzipSync],
  ['deflate', deflateSync],
  ['br', brotliCompressSync],
  ['gzip, br', (body) => brotliCompressSync(gzipSync(body))],
];

/** Every answer of the tables for this value. */
export function echoesOf(value: string): Echo[] {
  const forms = wholeForms(value).concat(mixed(value));
  const echoes: Echo[] = [];
  for (const form of forms) {
    for (const [name, carry] of TEXTS) echoes.push(echo(`${form} in ${name}`, carry(form)));
    if (HEADER_NAME.test(form)) echoes.push(echo(`${form} as a header's name`, { headers: { [`x-${form}`]: 'x' } }));
    if (!HEADER_VALUE.test(bytes(form))) continue;
    for (const [name, carry] of HEADERS) echoes.push(echo(`${form} in ${name}`, carry(form)));
  }
  for (const [name, type, body] of BODIES) {
    echoes.push(echo(`${name}`, { headers: { 'content-type': type }, body: body(value) }));
  }
  for (const [encoding, compress] of COMPRESSIONS) {
    const [form = ''] = forms;
    const body = Buffer.from(JSON.stringify({ echo: form }));
    const headers = { 'content-type': 'application/json', 'content-encoding': encoding };
    echoes.push({ name: encoding, answer: { headers, body: compress(body) }, plain: body.toString() });
  }
  return echoes;
}

function echo(name: string, answer: Exclude<Answer, 'cut'>): Echo {
  const { body = '' } = answer;
  const text = Buffer.isBuffer(body) ? body.toString('latin1') : typeof body === 'string' ? body : JSON.stringify(body);
  return {
    name,
    answer,
    plain: `${text} ${Object.entries(answer.headers ?? {})
      .flat(2)
      .join(' ')}`,
  };
}

/** Each character in another form than its neighbours. */
function mixed(value: string): string[] {
  const forms = [
    (character: string) => encodeURIComponent(character),
    (character: string) => `&#${character.codePointAt(0)};`,
    (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
    (character: string) => character,
    (character: string) => encodeURIComponent(encodeURIComponent(character)),
    (character: string) => `&#x${character.codePointAt(0)?.toString(16)};`,
  ];
  return [0, 1, 2].map((shift) =>
    [...value].map((character, index) => forms[(index + shift) % forms.length]?.(character)).join(''),
  );
}

function binary(text: string): Buffer {
  return Buffer.concat([Buffer.from([0xff, 0x00, 0xfe]), Buffer.from(text), Buffer.from([0x80])]);
}

/** UTF-8 as Node takes bytes for a header. */
function bytes(text: string): string {
  return Buffer.from(text).toString('latin1');
}
