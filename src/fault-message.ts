import { ConfigError } from './config.ts';
import { isUnavailable } from './database/unavailable.ts';
import { codeOf } from './error-code.ts';
import { KeyholeError } from './errors.ts';

/**
 * What to tell the operator of an error that ends the process: a message that is meant to be read, or the stack of what
 * nobody expected.
 */
export function faultMessage(error: unknown): string {
  // As the embedded database throws what its file system refuses.
  if (!(error instanceof Error)) {
    return 'The embedded database cannot use its folder: check that the disk has room, that DATA_DIR is writable, and what stands in it';
  }
  const code = codeOf(error);
  if (isUnavailable(error))
    return `The database cannot be reached${code === '' ? '' : ` (${code})`}: check DATABASE_URL`;
  // Postgres' own errors: they name users and databases, never a password.
  if ('severity' in error) return `The database refuses: ${error.message}`;
  const isForReaders =
    error instanceof ConfigError || error instanceof KeyholeError || (error.constructor === Error && code === '');
  return isForReaders ? error.message : (error.stack ?? error.message);
}
