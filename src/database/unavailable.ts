// pure
import { codeOf } from '../error-code.ts';

/** Codes of the network: nothing was reached, or what was reached is gone. */
const NETWORK_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'ENOTFOUND',
  'EAI_AGAIN',
  // The socket file of a server that does not run.
  'ENOENT',
]);

/**
 * SQLSTATE (Postgres, appendix A): connection exceptions (08), insufficient resources such as a full disk or too many
 * connections (53), operator intervention such as a shutdown, a restart or a timeout (57), system errors (58), and a
 * transaction that is read-only because the server became a standby.
 */
const AWAY_STATES = /^(08|53|57|58)...$|^25006$/;

/** Errors of `pg` and its pool that bear no code. */
const MESSAGES =
  /^(Connection terminated|timeout exceeded when trying to connect|timeout expired|Query read timeout|Client has encountered a connection error|Client was closed)/;

const SQLSTATE = /^[0-9A-Z]{5}$/;
/** Data exceptions, broken constraints, limits of the program. */
const REFUSED_STATES = /^(22|23|54)...$/;

/** The database is away, for now: the same call may succeed once it is back. What was under way may have happened or not. */
export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = codeOf(error);
  return NETWORK_CODES.has(code) || AWAY_STATES.test(code) || MESSAGES.test(error.message);
}

/**
 * The same call may succeed later, for it is not what it would store that the database refuses: it is away, undid the call for
 * another's sake (40), or is not fit for it now, while somebody changes its password (28), rights and tables (42), or takes it
 * out of service (55, 3D).
 */
export function isTransient(error: unknown): boolean {
  if (isUnavailable(error)) return true;
  const code = codeOf(error);
  return SQLSTATE.test(code) && !REFUSED_STATES.test(code);
}
