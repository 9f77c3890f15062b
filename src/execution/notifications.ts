// pure
/**
 * Whether other instances live, asked in the statement that has something to tell: a copy in memory would be late just when
 * one starts. By the index on either side, since these statements may not scan.
 */
function othersLive(instanceId: string): string {
  return `(exists (select from instances where id > ${instanceId}::uuid)
    or exists (select from instances where id < ${instanceId}::uuid))`;
}

/** A column that tells other instances, where there are any, what changed, once the statement is committed. */
export function notifyOthers(instanceId: string, payloads: string): string {
  return `(select count(pg_notify('keyhole', p)) from ${payloads} p where ${othersLive(instanceId)}) as notified`;
}
