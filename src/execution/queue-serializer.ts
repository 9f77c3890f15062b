// pure
/** This instance's ownership of a queue. Another epoch is another ownership. */
export interface QueueOwnership {
  applicationId: string;
  queueKey: string;
  epoch: number;
}

/**
 * What stands in the database after a settlement or a claim: the next request, marked as being sent; or the queue let go;
 * or neither, because something changed meanwhile (`again`), because it was not asked for (`held`), or because the queue
 * is another's now (`lost`).
 */
export type Claim<Item> =
  | { kind: 'next'; item: Item }
  | { kind: 'released' }
  | { kind: 'again' }
  | { kind: 'held' }
  | { kind: 'lost' };

export interface SerializerPorts<Item, Outcome> {
  /** Sends; resolves when it is over, whatever came of it. */
  send(item: Item): Promise<Outcome>;
  /** Stores the outcome and, where `proceeds`, starts what comes next, in one transaction. Repeats itself until it is stored. */
  settle(owned: QueueOwnership, item: Item, outcome: Outcome, proceeds: boolean): Promise<Claim<Item>>;
  /** Starts what comes next. Repeats itself until the database answers. */
  claim(owned: QueueOwnership): Promise<Claim<Item>>;
  /** Resolves with a place among the concurrent requests. */
  takeSlot(): Promise<void>;
  giveSlotBack(): void;
  /** Others wait for a place. */
  contended(): boolean;
  /** Few ends are being stored: one more may be without holding a place. */
  storesFew(): boolean;
  /** A request may be started now: the instance does not drain and holds its lease. */
  mayStart(): boolean;
  /** Resolves with true when a request may be started, with false once the instance drains. */
  ready(): Promise<boolean>;
  /** A little time, after a claim that found neither a next request nor an end. */
  pause(): Promise<void>;
}

export interface QueueSerializer<Item> {
  /** Runs an ownership until its queue is let go or lost. `first` is already started and holds a place. */
  run(owned: QueueOwnership, first?: Item): Promise<void>;
  /** Ownerships that run now. */
  readonly size: number;
}

/**
 * Sends the requests of each owned queue one after another: the next starts in the transaction that settles the one
 * before. Which one is next is the database's to say, for other instances append to the queue too. A queue keeps its
 * place among the concurrent requests from one request to the next, unless others wait for one: then it gives it up as soon
 * as its request is over, and what came of that is stored while another's is sent.
 */
export function createQueueSerializer<Item, Outcome>(ports: SerializerPorts<Item, Outcome>): QueueSerializer<Item> {
  const running = new Set<QueueOwnership>();
  const mustYield = () => ports.contended() || !ports.mayStart();

  async function run(owned: QueueOwnership, first?: Item): Promise<void> {
    running.add(owned);
    let claim: Claim<Item> = first === undefined ? { kind: 'held' } : { kind: 'next', item: first };
    let hasSlot = first !== undefined;
    function yieldSlot(): void {
      ports.giveSlotBack();
      hasSlot = false;
    }
    while (claim.kind !== 'released' && claim.kind !== 'lost') {
      if (claim.kind === 'next') {
        const outcome = await ports.send(claim.item);
        const proceeds = !mustYield();
        if (!proceeds && ports.storesFew()) yieldSlot();
        claim = await ports.settle(owned, claim.item, outcome, proceeds);
        continue;
      }
      if (hasSlot && mustYield()) yieldSlot();
      if (!hasSlot) {
        if (!(await ports.ready())) break;
        // Its turn has come: it is used, or those that wait would hand it round among them for ever.
        await ports.takeSlot();
        hasSlot = true;
        // The lease may have been lost while it waited.
        if (!ports.mayStart()) continue;
      }
      const before: Claim<Item>['kind'] = claim.kind;
      claim = await ports.claim(owned);
      if (before === 'again' && claim.kind === 'again') await ports.pause();
    }
    if (hasSlot) ports.giveSlotBack();
    running.delete(owned);
  }

  return {
    run,
    get size() {
      return running.size;
    },
  };
}
