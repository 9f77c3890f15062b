// pure
import { forbidden } from '../errors.ts';
import type { ApplicationCaller, Caller, OperatorCaller } from './caller.ts';

/** Who sees and changes an application's credentials: the OPERATOR, and the APPLICATION itself. */
export function mayManageApplication(caller: Caller, applicationId: string): boolean {
  return caller.kind === 'OPERATOR' || (caller.kind === 'APPLICATION' && caller.application.id === applicationId);
}

export function requireOperator(caller: Caller): asserts caller is OperatorCaller {
  if (caller.kind !== 'OPERATOR') throw forbidden('Only the operator may manage applications');
}

export function requireApplication(caller: Caller): asserts caller is ApplicationCaller {
  if (caller.kind !== 'APPLICATION') throw forbidden('Only an application may do this, with its client secret');
}
