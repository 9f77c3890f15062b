// pure
import { KeyholeError } from '../errors.ts';

export function unauthenticated(message: string): KeyholeError {
  return new KeyholeError('UNAUTHENTICATED', message);
}

/**
 * The one answer to a client ID that is not registered, one of a disabled application, and a wrong client secret
 * (BEHAVIOUR 1): nobody learns which of them it was.
 */
export function credentialsRefused(): KeyholeError {
  return unauthenticated('Client ID not registered or client secret wrong');
}
