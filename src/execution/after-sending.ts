// pure
import type { Bus } from '../events/bus.ts';
import type { RequestRecord } from '../requests/request.ts';

/**
 * Tells what it is given in the same order, but only when what is being sent meanwhile has left: undici looks at a socket
 * once more before it writes, which takes a round of the event loop. To answer who waits for the request before takes longer
 * than to send the next one, and a queue waits for nothing but that.
 */
export function afterSending(bus: Pick<Bus, 'publish'>): Pick<Bus, 'publish'> {
  let held: RequestRecord[] = [];

  function tell(): void {
    const records = held;
    held = [];
    for (const record of records) bus.publish(record);
  }

  return {
    publish(record) {
      if (held.push(record) === 1) setImmediate(() => setImmediate(tell));
    },
  };
}
