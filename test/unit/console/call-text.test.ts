import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ClientSecret } from '../../../src/console/api/types.ts';
import { callTexts } from '../../../src/console/secrets/call-text.ts';

const SECRET: ClientSecret = {
  id: 'id',
  name: 'openai',
  maskedSecret: '••••',
  clientId: null,
  locked: false,
  enabled: true,
  allowedUrls: ['https://api.example/v1'],
  allowedMethods: [],
  allowedPlacements: ['HEADERS'],
  identifierCode: null,
  tags: [],
  notes: null,
  owner: null,
  usersAllowed: [],
  groupsAllowed: [],
  version: 1,
  viewerCanEdit: true,
  createdAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-01T00:00:00.000Z',
  lastUsedAt: null,
};

/** What the call in the object form is made with. */
function argumentOf(text: string): Record<string, unknown> {
  const [, literal = ''] = /clientSecretRequest\((.*)\);$/s.exec(text) ?? [];
  return new Function(`return ${literal}`)();
}

test('whatever a client secret is called, the call names it, and no name ends the script or the attribute that it stands in', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (name) => {
      const { object, form } = callTexts({ ...SECRET, name }, 'https://keyhole.example', 'kh_1');
      expect(argumentOf(object).clientSecretName).toBe(name);
      expect(object).not.toContain('</');
      const [, value = ''] = /name="clientSecretName" value="([^"]*)">/.exec(form) ?? [];
      expect(value.replaceAll('&lt;', '<').replaceAll('&quot;', '"').replaceAll('&amp;', '&')).toBe(name);
    }),
  );
});

test.each([
  [{ allowedPlacements: ['PARAMS' as const] }, { method: 'GET', params: { key: '$CLIENT_SECRET' } }],
  [{ allowedPlacements: ['DATA' as const] }, { method: 'POST', data: { key: '$CLIENT_SECRET' } }],
  [{ allowedPlacements: ['URL' as const] }, { method: 'GET', url: 'https://api.example/v1/$CLIENT_SECRET' }],
  [{ allowedMethods: ['GET' as const] }, { method: 'GET', headers: { Authorization: 'Bearer $CLIENT_SECRET' } }],
  [{ allowedUrls: ['https://*.example'] }, { url: 'https://your-host.example' }],
])('with %j the call is one that is allowed', (allowed, call) => {
  const { object } = callTexts({ ...SECRET, ...allowed }, 'https://keyhole.example', 'kh_1');
  expect(argumentOf(object)).toMatchObject(call);
});

test('a token is given where the client secret is for users', () => {
  const { object } = callTexts({ ...SECRET, locked: true }, 'https://keyhole.example', 'kh_1');
  expect(object).toContain('getToken');
});
