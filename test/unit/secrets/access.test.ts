import { describe, expect, test } from 'vitest';
import type { Application } from '../../../src/applications/application.ts';
import type { Caller } from '../../../src/applications/caller.ts';
import { type AccessRules, canEdit, canManage, canView, useDecision } from '../../../src/secrets/access.ts';

function application(id: string): Application {
  const createdAt = new Date(0);
  return {
    id,
    name: id,
    enabled: true,
    allowedOrigins: [],
    userTokens: null,
    requestsPerMinute: null,
    revision: 1,
    createdAt,
  };
}

function user(username: string, groups: string[] = [], of = 'app'): Caller {
  const base = { application: application(of), credentialId: 'c', canCreateSecrets: true, expiresAt: 0 };
  return { kind: 'USER', username, groups, ...base };
}

const callers = {
  OPERATOR: { kind: 'OPERATOR' },
  application: { kind: 'APPLICATION', application: application('app'), credentialId: 'c' },
  owner: user('olga'),
  'listed user': user('uma'),
  'listed editor': user('ed'),
  'user of a listed group': user('gus', ['staff']),
  'user of an editing group': user('eve', ['other', 'admins']),
  stranger: user('stan', ['guests']),
  visitor: { kind: 'VISITOR', application: application('app'), credentialId: 'c', visitorId: null },
  'other application': { kind: 'APPLICATION', application: application('other'), credentialId: 'c' },
  "other application's user of the owner's name": user('olga', ['staff', 'admins'], 'other'),
  "other application's visitor": {
    kind: 'VISITOR',
    application: application('other'),
    credentialId: 'c',
    visitorId: null,
  },
} satisfies Record<string, Caller>;
type Name = keyof typeof callers;

const open: AccessRules = { applicationId: 'app', owner: 'olga', locked: false, usersAllowed: [], groupsAllowed: [] };
const listed: AccessRules = {
  ...open,
  usersAllowed: [
    { username: 'uma', canEdit: false },
    { username: 'ed', canEdit: true },
  ],
  groupsAllowed: [
    { name: 'staff', canEdit: false },
    { name: 'admins', canEdit: true },
  ],
};

// Letters: m manage, e edit, v view, u use; L where a visitor is asked to log in.
const expected: Record<Name, { open: string; locked: string; listed: string; both: string }> = {
  OPERATOR: { open: '', locked: '', listed: '', both: '' },
  application: { open: 'mevu', locked: 'mevu', listed: 'mevu', both: 'mevu' },
  owner: { open: 'mevu', locked: 'mevu', listed: 'mevu', both: 'mevu' },
  'listed user': { open: 'u', locked: 'u', listed: 'vu', both: 'vu' },
  'listed editor': { open: 'u', locked: 'u', listed: 'evu', both: 'evu' },
  'user of a listed group': { open: 'u', locked: 'u', listed: 'vu', both: 'vu' },
  'user of an editing group': { open: 'u', locked: 'u', listed: 'evu', both: 'evu' },
  stranger: { open: 'u', locked: 'u', listed: '', both: '' },
  visitor: { open: 'u', locked: 'L', listed: '', both: 'L' },
  'other application': { open: '', locked: '', listed: '', both: '' },
  "other application's user of the owner's name": { open: '', locked: '', listed: '', both: '' },
  "other application's visitor": { open: '', locked: '', listed: '', both: '' },
};

function rightsOf(caller: Caller, secret: AccessRules): string {
  const use = { ALLOWED: 'u', LOG_IN: 'L', NOT_FOUND: '' }[useDecision(caller, secret)];
  const may = [canManage(caller, secret) && 'm', canEdit(caller, secret) && 'e', canView(caller, secret) && 'v'];
  return may.filter(Boolean).join('') + use;
}

describe.each(Object.entries(callers))('%s', (name, caller) => {
  const rights = expected[name as Name]; // the entries' keys are just these
  test.each<[string, AccessRules, string]>([
    ['an open secret', open, rights.open],
    ['a locked one', { ...open, locked: true }, rights.locked],
    ['one with users and groups listed', listed, rights.listed],
    ['a locked one with users and groups listed', { ...listed, locked: true }, rights.both],
  ])('has the rights of BEHAVIOUR 2 over %s', (_, secret, letters) => {
    expect(rightsOf(caller, secret)).toBe(letters);
  });
});

test('a secret that the application made has no owner among the users', () => {
  expect(rightsOf(user('null'), { ...open, owner: null, usersAllowed: [{ username: 'uma', canEdit: true }] })).toBe('');
});

test('a group alone closes a secret to those outside', () => {
  const secret = { ...open, groupsAllowed: [{ name: 'staff', canEdit: false }] };
  expect(rightsOf(callers.visitor, secret)).toBe('');
  expect(rightsOf(callers.stranger, secret)).toBe('');
});
