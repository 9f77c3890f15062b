import { newId } from '../ids.ts';

/** What the lease asks of the database. */
export interface LeasePort {
  register(instanceId: string): Promise<void>;
  /** How many other instances live; null when this one was taken for dead. */
  renew(instanceId: string): Promise<number | null>;
  remove(instanceId: string): Promise<void>;
}

export interface LeaseOptions {
  port: LeasePort;
  /** Others take over what an instance had that did not renew for this long; null where there can be no others. */
  leaseMs: number | null;
  /** Called when the lease ran out or was taken: whatever is being sent in order must stop now. */
  onLost: () => void;
  onError: (error: unknown) => void;
  /** Monotonic milliseconds. */
  now?: () => number;
}

/**
 * This process's right to send. The database's clock says who is dead; here a monotonic clock, read before each renewal is
 * asked for, says when to stop: at 4/5 of the lease, so that a stalled instance stops before others may take over. An
 * instance that was taken for dead goes on under a new ID, as another one.
 */
export interface Lease {
  /** Changes when the instance was taken for dead. */
  readonly instanceId: string;
  /** Other instances that live, as of the last renewal. */
  readonly others: number;
  held(): boolean;
  /** The last renewal failed: the database is away, though the lease may be held still. */
  readonly failing: boolean;
  /** Milliseconds since the lease is held without a break. */
  heldFor(): number;
  start(): Promise<void>;
  renew(): Promise<void>;
  stop(): Promise<void>;
}

export function createLease({ port, leaseMs, onLost, onError, now = () => performance.now() }: LeaseOptions): Lease {
  let instanceId = newId();
  let others = 0;
  let renewedAt = Number.NEGATIVE_INFINITY;
  let heldSince = 0;
  let wasHeld = false;
  let failing = false;
  let renewing: Promise<void> | undefined;

  function held(): boolean {
    const holds = leaseMs === null ? wasHeld : now() - renewedAt < leaseMs * 0.8;
    if (wasHeld && !holds) lose();
    return holds;
  }

  function lose(): void {
    wasHeld = false;
    onLost();
  }

  function gain(askedAt: number): void {
    failing = false;
    renewedAt = askedAt;
    if (!wasHeld) heldSince = askedAt;
    wasHeld = true;
  }

  async function renewOnce(): Promise<void> {
    const askedAt = now();
    held();
    try {
      const living = await port.renew(instanceId);
      if (living !== null) {
        others = living;
        return gain(askedAt);
      }
      if (wasHeld) lose();
      const next = newId();
      await port.register(next);
      instanceId = next;
      gain(askedAt);
    } catch (error) {
      failing = true;
      held();
      onError(error);
    }
  }

  return {
    get instanceId() {
      return instanceId;
    },
    get others() {
      return others;
    },
    held,
    get failing() {
      return failing;
    },
    heldFor: () => (held() ? now() - heldSince : 0),
    async start() {
      const askedAt = now();
      await port.register(instanceId);
      gain(askedAt);
    },
    renew() {
      renewing ??= renewOnce().finally(() => {
        renewing = undefined;
      });
      return renewing;
    },
    async stop() {
      await renewing;
      wasHeld = false;
      renewedAt = Number.NEGATIVE_INFINITY;
      await port.remove(instanceId);
    },
  };
}
