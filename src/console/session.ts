import { signal } from '@preact/signals';
import type { KeyholeError } from '../client/errors.ts';
import type { Credential } from './api/credential.ts';
import { createEndpoint, type Endpoint } from './api/endpoint.ts';
import type { ClientSecret, Viewer } from './api/types.ts';
import { fetchViewer } from './api/viewer.ts';
import { goHome } from './route.ts';

/** Who is signed in, and their way to the API. */
export interface Session {
  credential: Credential;
  viewer: Viewer;
  endpoint: Endpoint;
}

export const session = signal<Session | null>(null);
/** Why nobody is signed in any more. */
export const refusal = signal<string | null>(null);

const STORED_AS = 'keyhole.credential';

/** Rejects with a `KeyholeError` where the server does not take the credential. Kept for this tab, until it is closed. */
export async function signIn(credential: Credential): Promise<void> {
  const endpoint = createEndpoint(credential, (error) => session.peek()?.endpoint === endpoint && signOut(error));
  const viewer = await fetchViewer(endpoint);
  sessionStorage.setItem(STORED_AS, JSON.stringify(credential));
  refusal.value = null;
  session.value = { credential, viewer, endpoint };
}

export function signOut(reason?: KeyholeError): void {
  sessionStorage.removeItem(STORED_AS);
  refusal.value = reason ? reason.message : null;
  session.value = null;
  goHome();
}

/** What this tab signed in with before it was loaded again. */
export function storedCredential(): Credential | null {
  const stored = sessionStorage.getItem(STORED_AS);
  return stored === null ? null : JSON.parse(stored);
}

/** The server decides; this is so that nothing is offered which it would refuse. */
export function mayCreateSecrets({ credential }: Session): boolean {
  if (credential.kind === 'USER') return claims(credential.token).keyhole_can_create_secrets === true;
  return credential.kind === 'APPLICATION';
}

/** Deleting, and what would let the value out to more people or places (the rest goes by `viewerCanEdit`). */
export function mayOpenUp({ viewer }: Session, secret: ClientSecret): boolean {
  return viewer.kind === 'APPLICATION' || (viewer.kind === 'USER' && secret.owner === viewer.username);
}

function claims(token: string): { keyhole_can_create_secrets?: unknown } {
  try {
    const payload = token.split('.')[1] ?? '';
    return JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/')));
  } catch {
    return {};
  }
}
