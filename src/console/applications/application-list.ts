import { type Signal, signal } from '@preact/signals';
import { fetchApplications } from '../api/applications.ts';
import type { Endpoint } from '../api/endpoint.ts';
import type { Application } from '../api/types.ts';

export interface ApplicationList {
  /** In the order of their making; null until they are read. */
  applications: Signal<Application[] | null>;
  error: Signal<unknown>;
  read(): Promise<void>;
}

export function createApplicationList(endpoint: Endpoint): ApplicationList {
  const applications = signal<Application[] | null>(null);
  const error = signal<unknown>(null);
  return {
    applications,
    error,
    async read() {
      try {
        applications.value = await fetchApplications(endpoint);
        error.value = null;
      } catch (thrown) {
        error.value = thrown;
      }
    },
  };
}
