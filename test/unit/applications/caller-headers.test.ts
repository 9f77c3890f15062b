import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CallerClaim, fromConnectionParams, readCallerHeaders } from '../../../src/applications/caller-headers.ts';
import { KeyholeError } from '../../../src/errors.ts';

type Headers = Record<string, unknown>;

function read(headers: Headers): CallerClaim {
  return readCallerHeaders(fromConnectionParams(headers));
}

function refusal(headers: Headers): KeyholeError {
  try {
    read(headers);
  } catch (error) {
    if (error instanceof KeyholeError) return error;
    throw error;
  }
  throw new Error('It was accepted');
}

describe('who a caller claims to be', () => {
  it.each<[string, Headers, CallerClaim]>([
    ['the operator', { Authorization: 'Bearer kho_token' }, { kind: 'OPERATOR', token: 'kho_token' }],
    [
      'an application',
      { 'X-Client-Id': 'kh_a', 'X-Client-Secret': 'khs_b' },
      { kind: 'APPLICATION', clientId: 'kh_a', clientSecret: 'khs_b' },
    ],
    [
      'an application by the older names',
      { 'X-IBM-Client-Id': 'kh_a', 'X-IBM-Client-Secret': 'khs_b' },
      { kind: 'APPLICATION', clientId: 'kh_a', clientSecret: 'khs_b' },
    ],
    [
      'an application by both names, when they agree',
      { 'X-Client-Id': 'kh_a', 'X-IBM-Client-Id': 'kh_a', 'X-Client-Secret': 'khs_b' },
      { kind: 'APPLICATION', clientId: 'kh_a', clientSecret: 'khs_b' },
    ],
    [
      'a user',
      { 'X-Client-Id': 'kh_a', Authorization: 'bearer a.b.c' },
      { kind: 'USER', clientId: 'kh_a', token: 'a.b.c' },
    ],
    ['a visitor', { 'X-Client-Id': 'kh_a' }, { kind: 'VISITOR', clientId: 'kh_a', visitorId: null }],
    [
      'a visitor with an ID',
      { 'X-Client-Id': 'kh_a', 'X-Visitor-Id': '0123456789abcDEF' },
      { kind: 'VISITOR', clientId: 'kh_a', visitorId: '0123456789abcDEF' },
    ],
    [
      'a visitor, the names in any case',
      { 'x-CLIENT-id': 'kh_a', 'X-VISITOR-ID': '0123456789-_.~AB' },
      { kind: 'VISITOR', clientId: 'kh_a', visitorId: '0123456789-_.~AB' },
    ],
  ])('reads %s', (_, headers, claim) => {
    expect(read(headers)).toEqual(claim);
  });

  it.each<[string, Headers]>([
    ['nothing at all', {}],
    ['a visitor ID alone', { 'X-Visitor-Id': '0123456789abcdef' }],
    ['a client secret without a client ID', { 'X-Client-Secret': 'khs_b' }],
    ['a client secret beside Authorization', { 'X-Client-Id': 'a', 'X-Client-Secret': 'b', Authorization: 'Bearer c' }],
    ['a client secret beside Authorization, no ID', { 'X-Client-Secret': 'b', Authorization: 'Bearer c' }],
    ['an empty Authorization', { 'X-Client-Id': 'a', Authorization: '' }],
    ['a Bearer without a token', { 'X-Client-Id': 'a', Authorization: 'Bearer ' }],
    ['another scheme', { 'X-Client-Id': 'a', Authorization: 'Basic YTpi' }],
    ['an Authorization that is null', { 'X-Client-Id': 'a', Authorization: null }],
    ['a token beyond every header', { 'X-Client-Id': 'a', Authorization: `Bearer ${'a'.repeat(20_000)}` }],
    ['an empty client ID', { 'X-Client-Id': '' }],
    ['an empty client ID beside the operator token', { 'X-Client-Id': '', Authorization: 'Bearer c' }],
    ['a client ID with NUL', { 'X-Client-Id': 'a\0' }],
    ['a client ID that is no string', { 'X-Client-Id': 7 }],
    ['an empty client secret', { 'X-Client-Id': 'a', 'X-Client-Secret': '' }],
    ['two client IDs', { 'X-Client-Id': 'a', 'x-client-id': 'b' }],
    ['two client IDs by two names', { 'X-Client-Id': 'a', 'X-IBM-Client-Id': 'b' }],
  ])('refuses %s as UNAUTHENTICATED', (_, headers) => {
    expect(refusal(headers).code).toBe('UNAUTHENTICATED');
  });

  it.each([
    ['empty', ''],
    ['too short', 'a'.repeat(15)],
    ['too long', 'a'.repeat(129)],
    ['not URL-safe', `${'a'.repeat(16)}/`],
    ['no string', 7],
  ])('refuses a visitor ID that is %s as a bad parameter', (_, visitorId) => {
    const error = refusal({ 'X-Client-Id': 'kh_a', 'X-Visitor-Id': visitorId });
    expect(error).toMatchObject({ code: 'INVALID_PARAMETER', details: { parameter: 'X-Visitor-Id' } });
    const ofOperator = refusal({ Authorization: 'Bearer kho_token', 'X-Visitor-Id': visitorId });
    expect(ofOperator).toMatchObject({ code: 'INVALID_PARAMETER', details: { parameter: 'X-Visitor-Id' } });
  });

  it('finds no credentials in a payload that is no object', () => {
    for (const payload of [undefined, null, 'X-Client-Id', ['X-Client-Id'], 7]) {
      expect(() => readCallerHeaders(fromConnectionParams(payload))).toThrow('No credentials');
    }
  });

  it('never takes a caller who sent Authorization for a visitor', () => {
    fc.assert(
      fc.property(fc.anything(), (authorization) => {
        let claim: CallerClaim | undefined;
        try {
          claim = read({ 'X-Client-Id': 'kh_a', Authorization: authorization });
        } catch (error) {
          expect(error).toBeInstanceOf(KeyholeError);
        }
        expect(claim?.kind).not.toBe('VISITOR');
      }),
    );
  });
});
