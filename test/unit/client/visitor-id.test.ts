import { expect, test } from 'vitest';
import { visitorId } from '../../../src/client/visitor-id.ts';

function memory() {
  const kept = new Map<string, string>();
  const getItem = (key: string) => kept.get(key) ?? null;
  const setItem = (key: string, value: string) => void kept.set(key, value);
  return { kept, getItem, setItem };
}

test('a visitor is the same after a reload, and another to another application', () => {
  const storage = memory();
  const id = visitorId('app', storage);
  expect(id).toMatch(/^[\w-]{16,128}$/);
  expect(visitorId('app', storage)).toBe(id);
  expect(visitorId('other', storage)).not.toBe(id);
});

test('what the server would not take is replaced', () => {
  const storage = memory();
  visitorId('app', storage);
  for (const key of storage.kept.keys()) storage.setItem(key, 'too short');
  expect(visitorId('app', storage)).toMatch(/^[\w-]{16,128}$/);
});

test('where storing is not possible the visitor has an ID all the same', () => {
  const refuses = () => {
    throw new DOMException('Site data is switched off', 'SecurityError');
  };
  for (const storage of [undefined, { getItem: refuses, setItem: refuses }, { ...memory(), setItem: refuses }]) {
    expect(visitorId('app', storage)).toMatch(/^[\w-]{16,128}$/);
  }
});
