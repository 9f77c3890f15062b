import type { RequestRow } from '../api/types.ts';

/** How it stands, in a word. */
export function stateOf({ status, startedAt }: RequestRow): 'waiting' | 'sending' | 'resolved' | 'failed' {
  if (status === 'PENDING') return startedAt === null ? 'waiting' : 'sending';
  return status === 'RESOLVED' ? 'resolved' : 'failed';
}

/** For each code of the API's: what happened, in few words; its message says more. */
const FAILURES: Record<string, string> = {
  UPSTREAM_STATUS: 'Refused',
  UPSTREAM_REDIRECT: 'Redirected',
  UPSTREAM_UNREACHABLE: 'Not reached',
  UPSTREAM_TIMEOUT: 'Too slow',
  RESPONSE_TOO_LARGE: 'Response too large',
  RESPONSE_UNREADABLE: 'Response not readable',
  DESTINATION_NOT_ALLOWED: 'Address not allowed',
  SECRET_NOT_USABLE: 'Client secret not usable',
  EXPIRED: 'Expired',
  CANCELED: 'Cancelled',
  OUTCOME_UNKNOWN: 'Outcome not known',
};

export function failureOf(code: string): string {
  return FAILURES[code] ?? code;
}
