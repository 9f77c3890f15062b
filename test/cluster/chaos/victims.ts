import { setTimeout as sleep } from 'node:timers/promises';
import { type Cluster, EndedEarly, type Instance } from '../../support/instances.ts';
import type { Random } from './random.ts';

const POINTS = ['after-admission', 'after-dispatching', 'after-response', 'before-settling', 'after-settling'] as const;
export type Cause = 'any moment' | (typeof POINTS)[number];

export interface Victims {
  /** Those that live and take requests. */
  readonly living: readonly Instance[];
  kills: Map<Cause, number>;
  /** When the instance with this ID was killed; undefined where it lives or was never seen. */
  killedAt(instanceId: string): number | undefined;
  isLiving(instanceId: string): boolean;
  /** Resolves when that many were killed and all live again. */
  finished: Promise<void>;
}

/** Longest that one lives before it is killed at any moment, or where it does not come to its point. */
const LONGEST_LIFE_MS = 2_500;
const LONGEST_WAY_TO_POINT_MS = 4_000;
const PASSES = 40;

/** Keeps so many instances alive, and kills each again and again until `kills` were. */
export function startVictims(options: {
  cluster: Cluster;
  main: string;
  random: Random;
  count: number;
  kills: number;
}): Victims {
  const { cluster, main, random } = options;
  const living = new Set<Instance>();
  const killedAt = new Map<string, number>();
  const kills = new Map<Cause, number>();
  let left = options.kills;

  /** Null where it came to its point before it listened, with what it took over. */
  async function start(env: Record<string, string>, cause: Cause): Promise<Instance | null> {
    try {
      return await cluster.start(env, main);
    } catch (error) {
      if (cause !== 'any moment' && error instanceof EndedEarly && error.how === 'SIGKILL') return null;
      throw error;
    }
  }

  async function live(): Promise<void> {
    while (left > 0) {
      left--;
      const cause: Cause = random.below(2) === 0 ? 'any moment' : random.oneOf(POINTS);
      const env = cause === 'any moment' ? {} : { KILL_POINT: cause, KILL_AFTER: String(1 + random.below(PASSES)) };
      const instance = await start(env, cause);
      if (instance === null) {
        kills.set(cause, (kills.get(cause) ?? 0) + 1);
        continue;
      }
      living.add(instance);
      const life = cause === 'any moment' ? random.below(LONGEST_LIFE_MS) : LONGEST_WAY_TO_POINT_MS;
      const cameToPoint = await Promise.race([instance.exited.then(() => true), sleep(life, false)]);
      await instance.kill();
      living.delete(instance);
      for (const id of idsOf(instance)) killedAt.set(id, performance.now());
      const killed = cameToPoint ? cause : 'any moment';
      kills.set(killed, (kills.get(killed) ?? 0) + 1);
    }
    living.add(await cluster.start({}, main));
  }

  const finished = Promise.all(Array.from({ length: options.count }, live)).then(() => {});
  return {
    get living() {
      return [...living].filter((instance) => instance.alive);
    },
    kills,
    killedAt: (id) => killedAt.get(id),
    isLiving: (id) => [...living].some((instance) => instance.alive && idsOf(instance).includes(id)),
    finished,
  };
}

/** It may have been taken for dead and have gone on under another. */
function idsOf(instance: Instance): string[] {
  return instance.lines.flatMap((line) => /^instance (\S+)$/.exec(line)?.[1] ?? []);
}
