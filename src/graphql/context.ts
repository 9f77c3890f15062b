import type { ApplicationsService } from '../applications/applications.service.ts';
import type { Caller, TenantCaller } from '../applications/caller.ts';
import { forbidden } from '../errors.ts';
import type { TraceContext } from '../requests/request.ts';
import type { RequestsService } from '../requests/requests.port.ts';
import type { ClientSecretsService } from '../secrets/client-secrets.service.ts';
import type { RateLimit } from './rate-limit.ts';

/** What resolvers may call. One object for the life of the process. */
export interface Services {
  readonly applications: ApplicationsService;
  readonly secrets: ClientSecretsService;
  readonly requests: RequestsService;
  readonly rateLimit: RateLimit;
}

/** Made for each operation, over every transport. */
export interface Context {
  readonly caller: Caller;
  /** Of the HTTP request, or of the one that opened the socket. */
  readonly requestId: string;
  readonly services: Services;
  /** Of responses, so far (`loadText`). */
  charactersLoaded?: number;
  /** The operation's span, once it runs. */
  readonly trace?: TraceContext;
}

/** The caller where it acts within an application. Throws FORBIDDEN for the OPERATOR, who acts in none. */
export function tenantOf(context: Context): TenantCaller {
  if (context.caller.kind === 'OPERATOR') throw forbidden('This operation is for callers within an application.');
  return context.caller;
}
