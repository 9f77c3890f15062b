// pure
import type { Caller } from '../applications/caller.ts';
import type { ClientSecret } from './client-secret.ts';

/** What decides who may do what with a client secret. */
export type AccessRules = Pick<ClientSecret, 'applicationId' | 'owner' | 'locked' | 'usersAllowed' | 'groupsAllowed'>;

/** `LOG_IN`: a visitor asks for what users alone may use. */
export type UseDecision = 'ALLOWED' | 'LOG_IN' | 'NOT_FOUND';

// The rules are those of BEHAVIOUR 2. Whoever acts within another application, and the operator, is nobody here.

/** Owner and APPLICATION: what lets the value out to more people or places, and deleting. */
export function canManage(caller: Caller, secret: AccessRules): boolean {
  if (!isWithin(caller, secret)) return false;
  if (caller.kind === 'APPLICATION') return true;
  return caller.kind === 'USER' && secret.owner !== null && secret.owner === caller.username;
}

/** Those who manage it, and users and groups with `canEdit`: everything else about it, rotating and disabling included. */
export function canEdit(caller: Caller, secret: AccessRules): boolean {
  return canManage(caller, secret) || isListed(caller, secret, (access) => access.canEdit);
}

/** Those who manage it, and users and groups that are listed. To anybody else it does not exist. */
export function canView(caller: Caller, secret: AccessRules): boolean {
  return canManage(caller, secret) || isListed(caller, secret, () => true);
}

/** Whether requests may be made with it. */
export function useDecision(caller: Caller, secret: AccessRules): UseDecision {
  if (!isWithin(caller, secret)) return 'NOT_FOUND';
  if (caller.kind === 'VISITOR' && secret.locked) return 'LOG_IN';
  const open = secret.usersAllowed.length === 0 && secret.groupsAllowed.length === 0;
  return open || canView(caller, secret) ? 'ALLOWED' : 'NOT_FOUND';
}

function isWithin(caller: Caller, secret: AccessRules): boolean {
  return caller.kind !== 'OPERATOR' && caller.application.id === secret.applicationId;
}

function isListed(caller: Caller, secret: AccessRules, counts: (access: { canEdit: boolean }) => boolean): boolean {
  if (caller.kind !== 'USER' || !isWithin(caller, secret)) return false;
  return (
    secret.usersAllowed.some((access) => access.username === caller.username && counts(access)) ||
    secret.groupsAllowed.some((access) => caller.groups.includes(access.name) && counts(access))
  );
}
