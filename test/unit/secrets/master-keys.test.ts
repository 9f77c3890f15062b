import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { generateMasterKey, parseMasterKeys } from '../../../src/secrets/master-keys.ts';

const KEY = Buffer.alloc(32, 7).toString('base64');
const OTHER = Buffer.alloc(32, 8).toString('base64');

describe('KEYHOLE_MASTER_KEYS', () => {
  test('is read in its order', () => {
    const { keys, faults } = parseMasterKeys(`new:${OTHER}, old:${KEY}`);
    expect(faults).toEqual([]);
    expect(keys.map(({ id, key }) => [id, key.export().toString('base64')])).toEqual([
      ['new', OTHER],
      ['old', KEY],
    ]);
  });

  test('names every fault and repeats no key', () => {
    const short = Buffer.alloc(16, 9).toString('base64');
    const text = [
      KEY,
      `a b:${KEY}`,
      `one:${KEY}`,
      `one:${OTHER}`,
      `two:${short}`,
      'three:!!!',
      `four:${KEY}`,
      '',
      `${OTHER}:x`,
    ];
    const { faults } = parseMasterKeys(text.join(','));
    expect(faults).toEqual([
      'entry 1 has no ":" between the key ID and the key',
      'entry 2 has a key ID that is not 1 to 32 letters, digits, ".", "_" or "-"',
      "entry 4 repeats the key ID 'one'",
      "entry 5 ('two') has a key of 16 bytes; it must have 32",
      'entry 6 (\'three\') is not Base64 after the ":"',
      "entry 7 ('four') has the same key as 'one'",
      'entry 8 is empty',
      'entry 9 has a key ID that is not 1 to 32 letters, digits, ".", "_" or "-"',
    ]);
  });

  test('does not show a key when it is printed', () => {
    const { keys } = parseMasterKeys(`k:${KEY}`);
    expect(inspect(keys, { showHidden: true, depth: 9 }) + JSON.stringify(keys)).not.toMatch(/BwcHBw|07 07|7, ?7/);
  });

  test('reads what is generated, and no two are alike', () => {
    const { keys, faults } = parseMasterKeys(`${generateMasterKey()},${generateMasterKey()}`);
    expect(faults).toEqual([]);
    expect(keys).toHaveLength(2);
  });
});
