import type { RequestRecord } from '../../../../src/requests/request.ts';
import { type Deferred, defer, settled } from './deferred.ts';
import { createMemoryDatabase } from './memory-database.ts';
import type { Fate, World } from './model-instance.ts';

/** A world in which nothing goes on but what the test lets go on, by its label. */
export function createScriptedWorld() {
  const database = createMemoryDatabase();
  const waiting: { label: string; turn: Deferred<void> }[] = [];
  const arrivals: string[] = [];
  const fates: Fate[] = [];

  const world: World = {
    database,
    turn(label) {
      const turn = defer();
      waiting.push({ label, turn });
      return turn.promise;
    },
    fate: () => fates.shift() ?? 'done',
    exchange(work, onAbort) {
      const { id } = work.record;
      arrivals.push(id);
      return new Promise((resolve) => {
        onAbort(() => resolve(null));
        void world.turn(`answers ${id}`).then(() => resolve(true));
      });
    },
  };

  /** Lets the first that is so labelled go on, or the last; throws where there is none. */
  async function go(label: string, which: 'first' | 'last' = 'first'): Promise<void> {
    await settled();
    const isMeant = (each: { label: string }) => each.label.endsWith(label);
    const index = which === 'first' ? waiting.findIndex(isMeant) : waiting.findLastIndex(isMeant);
    const [found] = index === -1 ? [] : waiting.splice(index, 1);
    if (found === undefined) throw new Error(`No "${label}" among: ${waiting.map((each) => each.label).join(', ')}`);
    found.turn.resolve();
    await settled();
  }

  return {
    world,
    database,
    arrivals,
    go,
    /** One call of the database, there and back. */
    async call(name: string): Promise<void> {
      await go(`asks ${name}`);
      await go(`hears ${name}`);
    },
    /** What happens to the next calls. */
    destine(...next: Fate[]): void {
      fates.push(...next);
    },
    /** Everything goes on that can. */
    async run(): Promise<void> {
      await settled();
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        next.turn.resolve();
        await settled();
      }
    },
  };
}

/** A request as it is submitted; with a queue unless that is null. */
export function draftOf(id: string, queueKey: string | null = 'q', method: 'POST' | 'GET' = 'POST'): RequestRecord {
  const now = new Date();
  return {
    id,
    applicationId: 'a',
    owner: 'o',
    status: 'PENDING',
    clientSecretId: 's',
    clientSecretName: 's',
    clientSecretVersion: null,
    url: 'https://api.test/',
    method,
    target: 't',
    queue: queueKey,
    queueKey,
    headers: null,
    body: undefined,
    timeoutMs: 1,
    response: null,
    error: null,
    createdAt: now,
    startedAt: null,
    updatedAt: now,
    expiresAt: new Date(now.getTime() + 3_600_000),
  };
}
