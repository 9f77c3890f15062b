import { type DestinationStream, type Logger, pino, stdSerializers } from 'pino';

export type Log = Logger;

/**
 * JSON lines on standard output. What is logged is chosen where it is logged: headers, bodies and URLs never are. Errors
 * are cut to what cannot hold a caller's data: other libraries put values in properties of theirs (`input`, `detail`).
 */
export function createLog(level: string, destination?: DestinationStream): Log {
  const options = { level, base: null, serializers: { err: serializeError }, timestamp: pino.stdTimeFunctions.isoTime };
  return destination === undefined ? pino(options) : pino(options, destination);
}

function serializeError(error: unknown): unknown {
  if (!(error instanceof Error)) return { message: 'something that is no Error was thrown' };
  const { type, message, stack } = stdSerializers.err(error);
  return 'code' in error ? { type, message, stack, code: String(error.code) } : { type, message, stack };
}
