import fc from 'fast-check';
import { CONTROL_REFERENCES, HTML_NAMES } from '../../src/scrubbing/html-names.ts';

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}

function percent(character: string, sign: string): string {
  return Array.from(Buffer.from(character), (byte) => `${sign}${hex(byte, 2)}`).join('');
}

function units(character: string, sign: string): string {
  return Array.from({ length: character.length }, (_, index) => `${sign}${hex(character.charCodeAt(index), 4)}`).join(
    '',
  );
}

function upper(form: string): string {
  return form.replace(/[0-9a-f]{2,}/g, (digits) => digits.toUpperCase());
}

/** Every way to write one character that BEHAVIOUR 3 names; the character itself is the first. */
export function formsOf(character: string): string[] {
  const codePoint = character.codePointAt(0) ?? 0;
  const json = JSON.stringify(character).slice(1, -1);
  const jsonTwice = JSON.stringify(json).slice(1, -1);
  const names = [...HTML_NAMES].filter(([, named]) => named === codePoint).map(([name]) => `&${name};`);
  const control = CONTROL_REFERENCES.indexOf(character);
  const forms = [
    character,
    percent(character, '%'),
    percent(character, '%25'),
    units(character, '\\u'),
    units(character, '\\\\u'),
    units(character, '\\u005cu'),
    json,
    jsonTwice,
    `&#${codePoint};`,
    `&#000${codePoint};`,
    `&#x${hex(codePoint, 1)};`,
    `&#X00${hex(codePoint, 1)};`,
    `&amp;#${codePoint};`,
    `%26%23${codePoint}%3B`,
    ...names,
    ...(control === -1 ? [] : [`&#${0x80 + control};`, `&#x${hex(0x80 + control, 1)};`]),
    ...names.map((name) => name.replace('&', '\\u0026')),
    ...(character === '/' ? ['\\/', '\\\\/'] : []),
    ...(character === ' ' ? ['+'] : []),
  ];
  return [...new Set([...forms, ...forms.slice(1, 6).map(upper)])];
}

/** The value with each of its characters in a form of its own. */
export function mixedForms(value: string): fc.Arbitrary<string> {
  return fc
    .tuple(...Array.from(value, (character) => fc.constantFrom(...formsOf(character))))
    .map((forms) => forms.join(''));
}

/** The value as one encoder after another would write the whole of it. */
export function wholeForms(value: string): string[] {
  const bytes = Buffer.from(value);
  const form = encodeURIComponent(value).replaceAll('%20', '+');
  const json = JSON.stringify(value).slice(1, -1);
  const html = value.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
  const base64 = ['', 'a', 'ab'].flatMap((before) => [
    Buffer.from(`${before}${value}`).toString('base64'),
    Buffer.from(`${before}${value}zz`).toString('base64url'),
  ]);
  return [
    value,
    encodeURIComponent(value),
    percent(value, '%'),
    upper(percent(value, '%')),
    encodeURIComponent(encodeURIComponent(value)),
    form,
    json,
    json.replaceAll('/', '\\/'),
    units(value, '\\u'),
    JSON.stringify(json).slice(1, -1),
    html,
    html.replaceAll('&', '&amp;'),
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    ...base64,
    ...base64.map(encodeURIComponent),
    ...base64.map((text) => text.replaceAll('/', '\\/').replaceAll('+', '\\u002b')),
  ];
}
