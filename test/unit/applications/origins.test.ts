import { describe, expect, it } from 'vitest';
import type { Application } from '../../../src/applications/application.ts';
import type { Caller } from '../../../src/applications/caller.ts';
import { normalizeOrigin, originAllowed } from '../../../src/applications/origins.ts';

const SERVER = 'https://keyhole.example';

function visitorOf(...allowedOrigins: string[]): Caller {
  const application: Application = {
    id: '0191d0c0-0000-7000-8000-000000000001',
    name: 'shop',
    enabled: true,
    allowedOrigins,
    userTokens: null,
    requestsPerMinute: null,
    revision: 1,
    createdAt: new Date(0),
  };
  return { kind: 'VISITOR', application, credentialId: application.id, visitorId: null };
}

describe('origins', () => {
  it.each([
    ['https://app.example', 'https://app.example'],
    ['HTTPS://App.Example:443/', 'https://app.example'],
    ['http://localhost:5173', 'http://localhost:5173'],
    ['http://[::1]:80', 'http://[::1]'],
  ])('writes %s as browsers do', (text, origin) => {
    expect(normalizeOrigin(text)).toBe(origin);
  });

  it.each([
    '*',
    'null',
    '',
    'app.example',
    'https://*.example',
    'https://app.example/path',
    'https://app.example?',
    'https://app.example#',
    'https://user@app.example',
    'https:\\\\app.example',
    'https:///app.example',
    'https://app.example\n',
    ' https://app.example',
    'https://a%2Fb.example',
    'https://app.example:99999',
    'ftp://app.example',
    'data:text/html,',
  ])('takes %j for no origin', (text) => {
    expect(normalizeOrigin(text)).toBeNull();
  });

  it('lets pages call from the listed origins and from the server, and from nowhere else', () => {
    const visitor = visitorOf('https://app.example');
    expect(originAllowed(visitor, 'https://app.example', SERVER)).toBe(true);
    expect(originAllowed(visitor, SERVER, SERVER)).toBe(true);
    for (const origin of ['http://app.example', 'https://app.example:8443', 'https://app.example.evil.test', 'null']) {
      expect(originAllowed(visitor, origin, SERVER)).toBe(false);
    }
  });

  it("lets the operator's page call from the server alone", () => {
    expect(originAllowed({ kind: 'OPERATOR' }, SERVER, SERVER)).toBe(true);
    expect(originAllowed({ kind: 'OPERATOR' }, 'https://app.example', SERVER)).toBe(false);
  });
});
