import { type DestinationStream, type Logger, pino, stdSerializers } from 'pino';

export type Log = Logger;

/** All that a line may hold. Headers, bodies and URLs are not among it: what nobody lists here is not written. */
const FIELDS = new Set([
  'err',
  'errorId',
  'reason',
  'requestId',
  'request',
  'application',
  'clientSecretName',
  'method',
  'host',
  'jwksHost',
  'outcome',
  'status',
  'ms',
  'times',
  'requests',
  'queues',
  'metricsUrl',
]);

/** JSON lines on standard output, redacted by construction: fields are those of the list, and errors what they can be trusted with. */
export function createLog(level: string, destination?: DestinationStream): Log {
  const options = {
    level,
    base: null,
    formatters: { log: onlyKnown },
    serializers: { err: serializeError },
    timestamp: pino.stdTimeFunctions.isoTime,
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

function onlyKnown(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => FIELDS.has(name)));
}

/**
 * Libraries put a caller's data in properties of their errors (`input`, `detail`), which are left out, and some quote it in
 * their messages, which a stack repeats.
 */
function serializeError(error: unknown): unknown {
  if (!(error instanceof Error)) return { message: 'something that is no Error was thrown' };
  const { type, message: text, stack: frames } = stdSerializers.err(error);
  const code = 'code' in error ? String(error.code) : undefined;
  const quotes = error instanceof SyntaxError || DATA_EXCEPTION.test(code ?? '');
  const message = quotes ? text.replace(QUOTED, '"…"') : text;
  const stack = frames.replace(text, () => message);
  return code === undefined ? { type, message, stack } : { type, message, stack, code };
}

/** What Postgres says of a value that it cannot take. */
const DATA_EXCEPTION = /^22...$/;
const QUOTED = /".*"/s;
