// pure
import type { Application } from './application.ts';
import type { Caller, TenantCaller } from './caller.ts';

/** Looks after callers that stay: sockets and streams must end when who opened them is no caller any more. */
export interface CallerWatch {
  /** `ended` is called, once, with the reason. The result calls it off. */
  watch(caller: Caller, ended: (reason: unknown) => void): () => void;
  /** An application or one of its credentials changed; null: any may have. */
  changed(applicationId: string | null): void;
}

interface Watched {
  caller: TenantCaller;
  ended: (reason: unknown) => void;
}

/**
 * `find` reads the application of a caller's credential, null where either is gone; `judge` throws where the caller is none
 * by it.
 */
export function createCallerWatch(
  find: (caller: TenantCaller) => Promise<Application | null>,
  judge: (caller: TenantCaller, application: Application | null) => unknown,
): CallerWatch {
  const byApplication = new Map<string, Set<Watched>>();

  async function look(all: Set<Watched>): Promise<void> {
    // Thousands of visitors name one credential.
    const found = new Map<string, Application | null>();
    for (const watched of [...all]) {
      const { caller, ended } = watched;
      let application = found.get(caller.credentialId);
      if (application === undefined) {
        application = await find(caller);
        found.set(caller.credentialId, application);
      }
      try {
        judge(caller, application);
      } catch (reason) {
        if (all.delete(watched)) ended(reason);
      }
    }
  }

  return {
    watch(caller, ended) {
      if (caller.kind === 'OPERATOR') return () => {};
      const { id } = caller.application;
      const all = byApplication.get(id) ?? new Set();
      const watched = { caller, ended };
      byApplication.set(id, all.add(watched));
      return () => {
        all.delete(watched);
        if (all.size === 0 && byApplication.get(id) === all) byApplication.delete(id);
      };
    },
    changed(applicationId) {
      const sets = applicationId === null ? [...byApplication.values()] : [byApplication.get(applicationId)];
      for (const all of sets) {
        // The database is away: once it is back, any application may have changed.
        if (all !== undefined) void look(all).catch(() => {});
      }
    },
  };
}
