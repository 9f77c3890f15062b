import { useRef, useState } from 'preact/hooks';

/** Something that a person started: one at a time, what went wrong is kept until the next. */
export interface Task {
  busy: boolean;
  error: unknown;
  /** Ends the showing of an error. */
  forget(): void;
  run(work: () => Promise<unknown>): Promise<void>;
}

export function useTask(): Task {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  // A second click comes before the rendering.
  const running = useRef(false);

  async function run(work: () => Promise<unknown>): Promise<void> {
    if (running.current) return;
    running.current = true;
    setBusy(true);
    setError(null);
    try {
      await work();
    } catch (thrown) {
      setError(thrown);
    } finally {
      running.current = false;
      setBusy(false);
    }
  }

  return {
    busy,
    error,
    forget: () => setError(null),
    run,
  };
}
