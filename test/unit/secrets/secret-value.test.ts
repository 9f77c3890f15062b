import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { maskSecret, SecretValue, secretValueFault } from '../../../src/secrets/secret-value.ts';

const TEXT = 'sk_live_0123456789abcdef';
const value = new SecretValue(TEXT);

describe('a secret value', () => {
  test.each<[string, () => string]>([
    ['a template', () => `${value}`],
    ['concatenation', () => `x${value}`],
    ['String()', () => String(value)],
    ['JSON', () => JSON.stringify({ value })],
    ['inspect', () => inspect({ value }, { showHidden: true, depth: 9, getters: true })],
    ['a clone', () => inspect(structuredClone(value), { showHidden: true })],
    ['its properties', () => JSON.stringify({ ...value }) + Reflect.ownKeys(value).join()],
    ['an error', () => inspect(new Error(`failed with ${value}`, { cause: value }))],
    ['a number', () => String(Number(value))],
  ])('does not show in %s', (_, print) => {
    expect(print()).not.toContain(TEXT);
  });

  test('comes out where it is asked for', () => {
    expect(value.reveal()).toBe(TEXT);
  });
});

describe('what can be kept as a secret', () => {
  test.each<[string, string, RegExp | null]>([
    ['7 characters', '1234567', /at least 8/],
    ['7 characters and spaces', ' 1234567  ', /at least 8 characters, spaces at its ends not counted/],
    ['8 characters', '12345678', null],
    ['7 characters outside the basic plane', '🔑'.repeat(7), /at least 8/],
    ['10,000 characters outside the basic plane', '🔑'.repeat(10_000), null],
    ['10,001 characters', 'x'.repeat(10_001), /at most 10000/],
    ['a very long text', 'x'.repeat(1_000_000), /at most 10000/],
    ['a line break at its end', 'password\n', /control/],
    ['a NUL', 'pass\0word', /control/],
    ['a delete character', 'pass\u007fword', /control/],
    ['a C1 control character', 'pass\u0085word', /control/],
    ['half a surrogate pair', 'password\ud83d', /well-formed/],
    ['text of any language', 'пароль-パスワード é', null],
  ])('%s', (_, text, fault) => {
    if (fault === null) expect(secretValueFault(text)).toBeNull();
    else expect(secretValueFault(text)).toMatch(fault);
  });
});

describe('a masked secret', () => {
  test('shows the last 4 characters of 16', () => {
    expect(maskSecret('0123456789abcdef')).toBe('••••••••cdef');
  });

  test('shows nothing of 15', () => {
    expect(maskSecret('0123456789abcde')).toBe('••••••••');
  });

  test('counts characters, not code units', () => {
    expect(maskSecret('🔑'.repeat(15))).toBe('••••••••');
    expect(maskSecret('🔑'.repeat(16))).toBe(`••••••••${'🔑'.repeat(4)}`);
  });

  test('never tells the length', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 16, maxLength: 100 }), (text) => {
        expect([...maskSecret(text)]).toHaveLength(12);
      }),
    );
  });
});
