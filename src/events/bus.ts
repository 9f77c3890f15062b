import { createLru } from '../cache.ts';
import { createRegistry } from '../registry.ts';
import type { RequestRecord } from '../requests/request.ts';

type Hear = (record: RequestRecord) => void;
type HearOfOne = (record: RequestRecord | null) => void;

/** Of how many requests at most it is remembered how far they had come when last heard of. */
const REMEMBERED = 20_000;

/** Carries the states of requests to who listens in this process. */
export interface Bus {
  publish(record: RequestRecord): void;
  /** It ended and was deleted where nobody here could see. */
  remove(id: string): void;
  /** States of one request; null once it is gone. Returns how to stop. */
  watchRequest(applicationId: string, id: string, hear: HearOfOne): () => void;
  /** States of all requests of an application; of one owner's where one is given. */
  watchApplication(applicationId: string, owner: string | null, hear: Hear): () => void;
  /** Somebody here would want to know of a change to this request. */
  isWatched(applicationId: string, id: string): boolean;
  /** Requests that somebody watches by ID. */
  watchedRequests(): { applicationId: string; id: string }[];
  /** Applications whose history somebody watches. */
  watchedApplications(): string[];
  readonly size: number;
}

/** IDs of requests are unique across applications, and keys here by themselves. */
export function createBus(): Bus {
  const requests = createRegistry<string, { applicationId: string; id: string; hear: Set<HearOfOne> }>();
  const applications = new Map<string, Set<Hear>>();
  const told = createLru<string, number>(REMEMBERED);
  let size = 0;

  return {
    publish(record) {
      const { id } = record;
      const progress = progressOf(record);
      // The same state read again, or one that was read before a newer one and is heard after it.
      if (progress <= (told.peek(id) ?? -1)) return;
      // Also while nobody listens: who comes later does not hear, when all is read again, of what had ended before.
      told.set(id, progress);
      if (size === 0) return;
      for (const hear of requests.get(id)?.hear ?? []) hear(record);
      for (const hear of applications.get(record.applicationId) ?? []) hear(record);
    },
    remove(id) {
      for (const hear of requests.get(id)?.hear ?? []) hear(null);
    },
    watchRequest(applicationId, id, hear) {
      let entry = requests.get(id);
      if (entry === undefined) {
        entry = { applicationId, id, hear: new Set() };
        requests.set(id, entry);
      }
      const { hear: hearing } = entry;
      hearing.add(hear);
      size++;
      return () => {
        if (!hearing.delete(hear)) return;
        size--;
        if (hearing.size === 0) requests.delete(id);
      };
    },
    watchApplication(applicationId, owner, hear) {
      const heard: Hear = (record) => {
        if (owner === null || record.owner === owner) hear(record);
      };
      let hearing = applications.get(applicationId);
      if (hearing === undefined) {
        hearing = new Set();
        applications.set(applicationId, hearing);
      }
      const set = hearing;
      set.add(heard);
      size++;
      return () => {
        if (!set.delete(heard)) return;
        size--;
        if (set.size === 0) applications.delete(applicationId);
      };
    },
    isWatched: (applicationId, id) => applications.has(applicationId) || requests.has(id),
    watchedRequests: () => [...requests.values()].map(({ applicationId, id }) => ({ applicationId, id })),
    watchedApplications: () => [...applications.keys()],
    get size() {
      return size;
    },
  };
}

function progressOf(record: RequestRecord): number {
  if (record.status !== 'PENDING') return 2;
  return record.startedAt === null ? 0 : 1;
}
