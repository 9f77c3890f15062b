import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SealedSecret } from '../../../src/secrets/client-secret.ts';
import { generateMasterKey, parseMasterKeys } from '../../../src/secrets/master-keys.ts';
import { SecretValue } from '../../../src/secrets/secret-value.ts';
import { createVault, type SealIdentity, VaultError } from '../../../src/secrets/vault.ts';

const [first, second] = parseMasterKeys(`${generateMasterKey()},${generateMasterKey()}`).keys;
if (first === undefined || second === undefined) throw new Error('two keys were given');

const vault = createVault([first, second]);
const row: SealIdentity = {
  applicationId: '01890000-0000-7000-8000-00000000000a',
  id: '01890000-0000-7000-8000-00000000000b',
  version: 3,
};
const value = new SecretValue('sk_live_é/+"&=🔑');
const sealed = vault.seal(row, value);

function cut(base64: string, bytes: number): string {
  return Buffer.from(base64, 'base64').subarray(0, -bytes).toString('base64');
}

describe('a vault', () => {
  test('opens what it sealed, for every value', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (text) => {
        expect(vault.open(row, vault.seal(row, new SecretValue(text))).reveal()).toBe(text);
      }),
    );
  });

  test('seals the same value differently each time', () => {
    const again = vault.seal(row, value);
    expect(again.wrappedKey).not.toBe(sealed.wrappedKey);
    expect(again.sealedValue).not.toBe(sealed.sealedValue);
  });

  const other = vault.seal({ ...row, id: '01890000-0000-7000-8000-00000000000c' }, new SecretValue('another value'));
  const damaged: Record<string, [SealIdentity, SealedSecret]> = {
    'the wrong version': [{ ...row, version: 2 }, sealed],
    'another row': [{ ...row, id: '01890000-0000-7000-8000-00000000000c' }, sealed],
    'another application': [{ ...row, applicationId: row.id }, sealed],
    "another row's ciphertexts": [row, other],
    "another row's value": [row, { ...sealed, sealedValue: other.sealedValue }],
    "another row's data key": [row, { ...sealed, wrappedKey: other.wrappedKey }],
    'the layers swapped': [row, { ...sealed, wrappedKey: sealed.sealedValue, sealedValue: sealed.wrappedKey }],
    'a key ID of another key': [row, { ...sealed, keyId: second.id }],
    'a value with a cut tag': [row, { ...sealed, sealedValue: cut(sealed.sealedValue, 12) }],
    'a data key with a cut tag': [row, { ...sealed, wrappedKey: cut(sealed.wrappedKey, 12) }],
    'nothing in it': [row, { ...sealed, sealedValue: '', wrappedKey: '' }],
    'a value of a nonce alone': [row, { ...sealed, sealedValue: Buffer.alloc(12).toString('base64') }],
  };
  test.each(Object.entries(damaged))('does not open a row with %s', (_, [identity, stored]) => {
    expect(() => vault.open(identity, stored)).toThrow(VaultError);
  });

  test('opens in its own row alone what it has opened there, and under its own key alone', () => {
    for (let time = 0; time < 2; time++) expect(vault.open(row, sealed).reveal()).toBe(value.reveal());
    expect(() => vault.open({ ...row, version: 2 }, sealed)).toThrow(VaultError);
    expect(() => createVault([second]).open(row, sealed)).toThrow(VaultError);
  });

  test('does not open a row of which any bit was changed', () => {
    for (const field of ['wrappedKey', 'sealedValue'] as const) {
      const length = Buffer.from(sealed[field], 'base64').length;
      fc.assert(
        fc.property(fc.nat(length - 1), fc.nat(7), (index, bit) => {
          const bytes = Buffer.from(sealed[field], 'base64');
          bytes.writeUInt8(bytes.readUInt8(index) ^ (1 << bit), index);
          expect(() => vault.open(row, { ...sealed, [field]: bytes.toString('base64') })).toThrow(/damaged/);
        }),
      );
    }
  });

  test('tells the operator which key is missing, and not the value', () => {
    const message = messageOf(() => createVault([second]).open(row, sealed));
    expect(message).toContain(`unknown key id '${first.id}': add it to KEYHOLE_MASTER_KEYS`);
    expect(message).toContain(row.id);
    expect(message).not.toContain('sk_live');
  });

  test('rewraps under the first key, so that the other can be retired', () => {
    const rotated = createVault([second, first]);
    const rewrapped = rotated.rewrap(row, sealed);
    expect(rewrapped).toMatchObject({ keyId: second.id, sealedValue: sealed.sealedValue });
    expect(createVault([second]).open(row, rewrapped).reveal()).toBe(value.reveal());
    expect(() => createVault([first]).open(row, rewrapped)).toThrow(VaultError);
  });

  test('does not rewrap a damaged row', () => {
    expect(() => vault.rewrap({ ...row, version: 9 }, sealed)).toThrow(VaultError);
  });

  test('needs a key', () => {
    expect(() => createVault([])).toThrow(/at least one/);
  });
});

function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof Error) return error.message;
  }
  throw new Error('nothing was thrown');
}
