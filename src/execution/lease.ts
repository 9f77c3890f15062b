import { newId } from '../ids.ts';
import type { Cancel } from '../timer-wheel.ts';

/** What the lease asks of the database. */
export interface LeasePort {
  register(instanceId: string): Promise<void>;
  /** False when it was taken for dead. */
  renew(instanceId: string): Promise<boolean>;
  remove(instanceId: string): Promise<void>;
}

export interface LeaseOptions {
  port: LeasePort;
  /** Others take over what an instance had that did not renew for this long; null where there can be no others. */
  leaseMs: number | null;
  /** Called when the lease ran out or was taken: whatever is being sent in order must stop now. */
  onLost: () => void;
  onError: (error: unknown) => void;
  schedule(delayMs: number, callback: () => void): Cancel;
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
  held(): boolean;
  /** The last renewal failed: the database is away, though the lease may be held still. */
  readonly failing: boolean;
  /** Milliseconds since the lease is held without a break. */
  heldFor(): number;
  /** Registers, and renews from now on. */
  start(): Promise<void>;
  /** Signs off. */
  stop(): Promise<void>;
}

const HELD_PART = 0.8;
const EMBEDDED_ROUND_MS = 2_000;

/** Time between renewals: several may fail before the lease is lost. */
export function renewalMs(leaseMs: number | null): number {
  return leaseMs === null ? EMBEDDED_ROUND_MS : Math.max(20, Math.floor(leaseMs / 5));
}

export function createLease(options: LeaseOptions): Lease {
  const { port, leaseMs, onLost, onError, schedule, now = () => performance.now() } = options;
  let instanceId = newId();
  let renewedAt = Number.NEGATIVE_INFINITY;
  let heldSince = 0;
  let wasHeld = false;
  let failing = false;
  let stopped = false;
  let renewing: Promise<void> | undefined;
  let cancelRenewal: Cancel = () => {};
  let cancelWatch: Cancel = () => {};

  function held(): boolean {
    const holds = leaseMs === null ? wasHeld : now() - renewedAt < leaseMs * HELD_PART;
    if (wasHeld && !holds) lose();
    return holds;
  }

  function lose(): void {
    wasHeld = false;
    renewedAt = Number.NEGATIVE_INFINITY;
    onLost();
  }

  function gain(askedAt: number): void {
    if (stopped) return;
    failing = false;
    renewedAt = askedAt;
    if (!wasHeld) heldSince = askedAt;
    wasHeld = true;
    cancelWatch();
    // A renewal may hang, and nobody else may ask: the lease is lost in time all the same.
    if (leaseMs !== null) cancelWatch = schedule(askedAt + leaseMs * HELD_PART - now(), held);
  }

  async function renew(): Promise<void> {
    const askedAt = now();
    held();
    try {
      if (await port.renew(instanceId)) return gain(askedAt);
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

  function renewLater(): void {
    cancelRenewal = schedule(renewalMs(leaseMs), () => {
      renewing = renew().finally(() => {
        renewing = undefined;
        if (!stopped) renewLater();
      });
    });
  }

  return {
    get instanceId() {
      return instanceId;
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
      renewLater();
    },
    async stop() {
      stopped = true;
      cancelRenewal();
      cancelWatch();
      wasHeld = false;
      renewedAt = Number.NEGATIVE_INFINITY;
      await renewing;
      await port.remove(instanceId);
    },
  };
}
