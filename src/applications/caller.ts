// pure
import { createLru } from '../cache.ts';
import { hashId } from '../ids.ts';
import type { Application } from './application.ts';

export interface OperatorCaller {
  kind: 'OPERATOR';
}
/** What every caller within an application has: the copy of it that the caller was proved against, and the credential it named. */
interface InApplication {
  application: Application;
  credentialId: string;
  /** Of the page that it calls from, unless that is the server's own: it must stay listed as long as the caller is one. */
  pageOrigin?: string;
}
export interface ApplicationCaller extends InApplication {
  kind: 'APPLICATION';
}
export interface UserCaller extends InApplication {
  kind: 'USER';
  username: string;
  groups: readonly string[];
  canCreateSecrets: boolean;
  /** Milliseconds since 1970: sockets and streams end then. */
  expiresAt: number;
}
export interface VisitorCaller extends InApplication {
  kind: 'VISITOR';
  visitorId: string | null;
}

/** Who a request is from, once proved. */
export type Caller = OperatorCaller | ApplicationCaller | UserCaller | VisitorCaller;
export type CallerKind = Caller['kind'];
/** A caller that acts within an application. */
export type TenantCaller = Exclude<Caller, OperatorCaller>;

const APPLICATION_OWNER = hashId('application');
/** Of visitors without an ID, who are not told from each other. */
const NAMELESS_OWNER = hashId('visitor');

/** Pages ask again and again. */
const visitorOwners = createLru<string, string>(10_000);

function ownerOfVisitor(visitorId: string): string {
  let owner = visitorOwners.get(visitorId);
  if (owner === undefined) {
    owner = hashId('visitor', visitorId);
    visitorOwners.set(visitorId, owner);
  }
  return owner;
}

/** The owner of what a caller submits: requests, idempotency keys, limits. The same for every session of one user or visitor. */
export function ownerOf(caller: TenantCaller): string {
  switch (caller.kind) {
    case 'APPLICATION':
      return APPLICATION_OWNER;
    case 'USER':
      return hashId('user', caller.username);
    case 'VISITOR':
      return caller.visitorId === null ? NAMELESS_OWNER : ownerOfVisitor(caller.visitorId);
  }
}
