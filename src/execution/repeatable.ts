// pure
/** As much of a request as says whether it may be sent twice. */
export interface Repeatable {
  method: string;
  headers: Readonly<Record<string, unknown>> | null;
}

/** GET, and PUT or DELETE with an Idempotency-Key header: BEHAVIOUR 7. */
export function isSafeToRepeat({ method, headers }: Repeatable): boolean {
  if (method === 'GET') return true;
  const hasKey = Object.keys(headers ?? {}).some((name) => name.toLowerCase() === 'idempotency-key');
  return hasKey && (method === 'PUT' || method === 'DELETE');
}
