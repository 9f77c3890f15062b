import { type Signal, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Endpoint } from '../api/endpoint.ts';
import { fetchRequest } from '../api/requests.ts';
import type { RequestDetail } from '../api/types.ts';
import type { RequestList } from './request-list.ts';

export interface Detail {
  /** Undefined until it is read, null where there is none. */
  request: Signal<RequestDetail | null | undefined>;
  error: Signal<unknown>;
}

/** A whole request, read anew whenever the list hears of it, or of one that may have moved it up in its queue. */
export function useDetail(endpoint: Endpoint, id: string, list: RequestList): Detail {
  const request = useSignal<RequestDetail | null | undefined>(undefined);
  const error = useSignal<unknown>(null);

  useEffect(() => {
    let isOver = false;
    let isReading = false;
    let isStale = false;
    async function read(): Promise<void> {
      isStale = true;
      if (isReading) return;
      isReading = true;
      while (isStale && !isOver) {
        isStale = false;
        try {
          const found = await fetchRequest(endpoint, id);
          if (!isOver) request.value = found;
          error.value = null;
        } catch (thrown) {
          error.value = thrown;
        }
      }
      isReading = false;
    }
    request.value = undefined;
    void read();
    const unlisten = list.listen((row) => {
      const shown = request.peek();
      const isBefore = shown?.status === 'PENDING' && shown.queue !== null && row?.queue === shown.queue;
      if (row === null || row.id === id || isBefore) void read();
    });
    return () => {
      isOver = true;
      unlisten();
    };
  }, [endpoint, id, list]);

  return { request, error };
}
